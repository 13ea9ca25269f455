import type { BoardSchema } from "../../generated/wire";

/** A panel is two columns wide, so that names, bars and values have room. */
export const PANEL_COLUMNS = 2;
const FOUR_UNTIL = 1480;
const FIVE_UNTIL = 1800;
const FEW_BARS = 2;
/** The largest come first, so the rest is said in a line. */
const MOST_BARS = 8;

/** Columns of the overview in a window of this width, in CSS pixels. */
export function columnsAt(width: number): number {
  if (width < FOUR_UNTIL) return 4;
  return width < FIVE_UNTIL ? 5 : 6;
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

/**
 * Groups in the board's order, side by side where there is room. Beside a panel the tiles stand in as many columns
 * as the panel's height leaves them to need, and so do small groups beside a group that is higher than one tile.
 */
export function boardLayout(groups: readonly GroupSize[], columns: number): GroupLayout[] {
  let free = columns;
  let rowHeight = 1;
  return groups.map(({ tiles, panels }) => {
    const height = Math.max(1, ...panels);
    const panelColumns = PANEL_COLUMNS * panels.length;
    const wide = (high: number) => Math.ceil(tiles / Math.max(high, height)) + panelColumns;
    let taken = Math.max(1, Math.min(columns, free === columns ? wide(1) : wide(rowHeight)));
    if (taken > free) {
      free = columns;
      rowHeight = 1;
      taken = Math.max(1, Math.min(columns, wide(1)));
    }
    free = taken === free ? columns : free - taken;
    rowHeight = free === columns ? 1 : Math.max(rowHeight, height);
    return { columns: taken, panelFrom: Math.min(taken - panelColumns, columns - PANEL_COLUMNS) + 1 };
  });
}

/** Whether the board has anything to show. */
export function isEmpty(schema: BoardSchema): boolean {
  return schema.groups.every((group) => group.tiles.length === 0 && group.panels.length === 0);
}
