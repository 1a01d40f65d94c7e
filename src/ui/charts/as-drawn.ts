import type { Attachment } from "svelte/attachments";

/** CSS pixels between the margins of Letter and A4 paper, whichever is narrower. */
const PAPER_WIDTH = 700;

/**
 * For a drawing that is laid out by its measured width: paper is of another width, and nothing is measured
 * anew while the browser prints. There the drawing keeps the width it has on the screen, made smaller as a
 * whole where that is wider than paper (`.as-drawn` in base.css).
 */
export const asDrawn: Attachment<HTMLElement> = (node) => {
  const observer = new ResizeObserver(() => {
    const width = node.offsetWidth;
    if (width === 0 || matchMedia("print").matches) return;
    node.classList.add("as-drawn");
    node.style.setProperty("--drawn", `${width}px`);
    node.style.setProperty("--shrink", Math.min(1, PAPER_WIDTH / width).toFixed(4));
  });
  observer.observe(node);
  return () => observer.disconnect();
};
