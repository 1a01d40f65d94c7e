/** A paint that does not come is waited for no longer than this: long, for a slow machine paints late. */
const NO_PAINT_MS = 1000;

/** In the frame after the one that shows what has just changed; at once in a tab that shows nothing. */
export function afterPaint(then: () => void): void {
  if (document.hidden) {
    then();
    return;
  }
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    clearTimeout(timer);
    then();
  };
  const timer = setTimeout(once, NO_PAINT_MS);
  requestAnimationFrame(() => requestAnimationFrame(once));
}
