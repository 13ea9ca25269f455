import type { BoardSchema } from "../../generated/wire";

/** A panel is two columns wide, so that names, bars and values have room. */
export const PANEL_COLUMNS = 2;
const FOUR_UNTIL = 1480;
const FIVE_UNTIL = 1800;
/** What stands over the tiles, and a tile with its gap and its share of titles, in CSS pixels: near enough to choose. */
const ABOVE_TILES = 128;
const TILE_AND_GAP = 142;
/** What a row's titles are worth, in tiles: of two layouts equally high the one with fewer rows is lower. */
const ROW_TITLE = 0.3;
const FEW_BARS = 2;
/** The largest come first, so the rest is said in a line. */
const MOST_BARS = 8;

/** Columns that a window of this width, in CSS pixels, may have: the least and the most. */
export function columnsAt(width: number): [number, number] {
  if (width < FOUR_UNTIL) return [4, 4];
  return width < FIVE_UNTIL ? [4, 5] : [5, 6];
}

/** Tiles that stand one under the other in a window of this height, in CSS pixels. */
function tilesAt(height: number): number {
  return Math.floor((height - ABOVE_TILES) / TILE_AND_GAP);
}

/** Height of a panel in tiles, from the number of its bars. */
export function panelTiles(bars: number): number {
  return bars <= FEW_BARS ? 1 : 2;
}

/** Bars for which a panel of that height has room. */
export function panelRoom(tiles: number): number {
  return tiles === 1 ? FEW_BARS : MOST_BARS;
}

/** A group as far as its size goes. */
export interface GroupSize {
  tiles: number;
  /** Heights of its panels, in tiles. */
  panels: readonly number[];
}

export interface GroupLayout {
  /** Columns that the group takes in the overview. */
  columns: number;
  /** Column of the group in which its panels begin, from 1; after the tiles. */
  panelFrom: number;
}

export interface Layout {
  columns: number;
  groups: GroupLayout[];
  /** In tiles, of all rows together. */
  height: number;
}

/** Whether a board laid out like this has to be scrolled in a window of that height, so that its tiles are lower. */
export function isTight(layout: Layout, height: number): boolean {
  return layout.height > tilesAt(height);
}

/** The layout for a window of this size: one that fits rather than not, then the one that leaves least room empty. */
export function overviewLayout(groups: readonly GroupSize[], width: number, height: number): Layout {
  const [least, most] = columnsAt(width);
  const room = tilesAt(height);
  const filled = groups.reduce((sum, { tiles, panels }) => {
    return sum + tiles + panels.reduce((area, high) => area + PANEL_COLUMNS * high, 0);
  }, 0);
  const over = (layout: Layout) => Math.max(0, layout.height - room);
  const empty = (layout: Layout) => 1 - filled / (layout.columns * layout.height);
  let best = boardLayout(groups, most);
  for (let columns = most - 1; columns >= least; columns -= 1) {
    const next = boardLayout(groups, columns);
    if ((over(next) - over(best) || empty(next) - empty(best)) < 0) best = next;
  }
  return best;
}

/**
 * Groups in the board's order, side by side where there is room: broken into rows so that all of them together are
 * lowest, and the upper ones longest. Beside a panel, tiles stand one under the other as far as the panel reaches, and
 * so do the groups beside it.
 */
export function boardLayout(groups: readonly GroupSize[], columns: number): Layout {
  // From the last group backwards: the best rows for the groups from here on.
  let rests: Rows[] = [{ cost: 0, height: 0, groups: [] }];
  for (let from = groups.length - 1; from >= 0; from -= 1) {
    let best: Rows | undefined;
    for (let to = groups.length; to > from; to -= 1) {
      const row = rowOf(groups.slice(from, to), columns);
      const rest = rests[to - from - 1];
      if (!row || !rest) continue;
      const cost = row.height + ROW_TITLE + rest.cost;
      if (!best || cost < best.cost) {
        best = { cost, height: row.height + rest.height, groups: [...row.groups, ...rest.groups] };
      }
    }
    rests = [best ?? { cost: 0, height: 0, groups: [] }, ...rests];
  }
  const { height = 0, groups: laid = [] } = rests[0] ?? {};
  return { columns, groups: laid, height };
}

interface Rows {
  /** Height with titles. */
  cost: number;
  height: number;
  groups: GroupLayout[];
}

/** These groups side by side; undefined when they do not fit. A group alone is made to fit. */
function rowOf(groups: readonly GroupSize[], columns: number): { height: number; groups: GroupLayout[] } | undefined {
  const high = Math.max(1, ...groups.flatMap((group) => group.panels));
  const widths = groups.map(({ tiles, panels }) => Math.ceil(tiles / high) + PANEL_COLUMNS * panels.length);
  if (groups.length > 1 && widths.reduce((sum, width) => sum + width, 0) > columns) return undefined;
  const laid = groups.map(({ panels }, i): GroupLayout => {
    const taken = Math.max(1, Math.min(columns, widths[i] ?? 1));
    return { columns: taken, panelFrom: Math.max(1, taken - PANEL_COLUMNS * panels.length + 1) };
  });
  const heights = groups.map((group, i) => heightIn(group, laid[i]?.columns ?? columns));
  return { height: Math.max(...heights), groups: laid };
}

/** Height of a group that is so many columns wide: its panels, the tiles before them, and those that go on below. */
function heightIn({ tiles, panels }: GroupSize, columns: number): number {
  if (panels.length === 0) return Math.ceil(tiles / columns);
  const high = Math.max(...panels);
  const wide = PANEL_COLUMNS * panels.length;
  const before = Math.max(0, columns - wide) * high;
  return high * Math.ceil(wide / columns) + Math.ceil(Math.max(0, tiles - before) / columns);
}

/** Whether the board has anything to show. */
export function isEmpty(schema: BoardSchema): boolean {
  return schema.groups.every((group) => group.tiles.length === 0 && group.panels.length === 0);
}
