/** Bounds of a header that is believed, each with its reason: a file may be broken, or made to break readers. */

/** 5.3 MB with this family's tokenizer; the largest vocabularies in use take 31 MB. */
export const MAX_HEADER_BYTES = 256 * 1024 ** 2;
/** 1,110 in this family's files; 45,630 if every expert had tensors of its own. */
export const MAX_TENSORS = 65_536;
/** Files have 40 to 80; the rest is room. */
export const MAX_FIELDS = 4096;
/** The format's own limit. */
export const MAX_KEY_BYTES = 65_535;
/** ggml holds 63 bytes, builds with longer names 127. */
export const MAX_NAME_BYTES = 255;
/** Chat templates are the longest texts: tens of kilobytes. */
export const MAX_TEXT_BYTES = 16 * 1024 ** 2;
/** Names, types and addresses are short; what is longer is skipped. */
export const KEPT_TEXT_BYTES = 1024;
/** ggml's tensors have four axes. */
export const MAX_DIMENSIONS = 4;
/** No writer nests lists; one more than any reader expects. */
export const MAX_LIST_DEPTH = 2;
/** 32 in every file seen; a power of two by the format. */
export const MAX_ALIGNMENT = 65_536;
/** One read: the whole header of most files, and no strain on a phone. */
export const CHUNK_BYTES = 4 * 1024 ** 2;
