/**
 * CRC-32 (IEEE 802.3, reflected) of some bytes, as an unsigned number.
 *
 * Anchor   "123456789" → 0xcbf43926, the check value of the CRC catalogue: plan-link.test.ts.
 */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
