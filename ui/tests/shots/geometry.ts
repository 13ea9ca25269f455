/** Run inside the page: no closures, no imports. */

/** Texts that do not fit where they stand (those that may be shortened have a title with the whole). */
export function cutTexts(): string[] {
  const cut: string[] = [];
  for (const element of document.querySelectorAll<HTMLElement>("#app *:not(svg, svg *)")) {
    if (element.closest(".spoken") || !element.textContent?.trim()) continue;
    const style = getComputedStyle(element);
    if (style.overflowX !== "hidden" && style.overflowX !== "clip") continue;
    if (element.scrollWidth > element.clientWidth + 1) cut.push(element.textContent.trim());
  }
  return cut;
}

/** Cards that lie over each other or reach out of the window's width. */
export function overlaps(): string[] {
  const found: string[] = [];
  const cards = [...document.querySelectorAll<HTMLElement>(".card, header")];
  const boxes = cards.map((card) => card.getBoundingClientRect());
  const name = (i: number) => cards[i]?.dataset.metric ?? cards[i]?.dataset.panel ?? "strip";
  boxes.forEach((a, i) => {
    if (a.right > window.innerWidth + 0.5) found.push(`${name(i)} leaves the window`);
    boxes.slice(i + 1).forEach((b, j) => {
      const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
      if (!apart) found.push(`${name(i)} over ${name(i + 1 + j)}`);
    });
  });
  return found;
}
