import type { Attachment } from "svelte/attachments";

/** Sizes of a tile's value in `data-step`, the largest first (32, 28, 24 px); the last is without a number beside it. */
const STEPS = ["1", "2", "3", "4"];

/**
 * Makes a value smaller until it and its unit fit: a number is never cut, a word only when nothing else is left.
 * @param _shape the text with its digits made equal; figures are tabular, so equal shapes are equally wide
 */
export function fit(_shape: string): Attachment<HTMLElement> {
  return (node) => {
    const apply = () => {
      for (const step of STEPS) {
        node.dataset.step = step;
        if ([node, ...node.children].every((each) => each.scrollWidth <= each.clientWidth)) return;
      }
    };
    apply();
    if (typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(apply);
    observer.observe(node);
    document.fonts?.ready.then(apply);
    return () => observer.disconnect();
  };
}

export function shapeOf(text: string): string {
  return text.replace(/\d/g, "0");
}
