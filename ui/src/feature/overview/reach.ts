import type { Attachment } from "svelte/attachments";

/** Lets the keyboard reach what scrolls, as long as it does: WebKit gives a scrolled part no focus by itself. */
export const reachable: Attachment<HTMLElement> = (node) => {
  const apply = () => {
    if (node.scrollHeight > node.clientHeight) node.tabIndex = 0;
    else node.removeAttribute("tabindex");
  };
  apply();
  if (typeof ResizeObserver === "undefined") return;
  const observer = new ResizeObserver(apply);
  for (const each of [node, ...node.children]) observer.observe(each);
  return () => observer.disconnect();
};
