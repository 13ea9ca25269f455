import type { BoardSchema, GroupSchema } from "../../generated/wire";

/** A panel is two columns wide, so that names, bars and values have room. */
export const PANEL_COLUMNS = 2;
const FOUR_UNTIL = 1480;
const FIVE_UNTIL = 1800;

/** Columns of the overview in a window of this width, in CSS pixels. */
export function columnsAt(width: number): number {
  if (width < FOUR_UNTIL) return 4;
  return width < FIVE_UNTIL ? 5 : 6;
}

/** Height of a panel in tiles, from the number of its bars. */
export function panelTiles(bars: number): number {
  return bars <= 2 ? 1 : bars <= 8 ? 2 : 3;
}

/** Bars for which a panel of that height has room. */
export function panelRoom(tiles: number): number {
  return [2, 8, 13][tiles - 1] ?? 13;
}

export interface GroupLayout {
  /** Columns that the group takes in the overview. */
  columns: number;
  /** Where its panel begins, 1-based; after the tiles. */
  panelFrom: number;
}

/**
 * A group with few tiles takes few columns, so that two small ones share a row. Beside a panel the tiles stand
 * in as many columns as the panel's height leaves them to need.
 * @param panelHeights in tiles
 */
export function groupLayout(group: GroupSchema, panelHeights: readonly number[], columns: number): GroupLayout {
  if (panelHeights.length === 0) {
    return { columns: Math.min(columns, Math.max(1, group.tiles.length)), panelFrom: 1 };
  }
  const height = Math.max(...panelHeights);
  const room = columns - PANEL_COLUMNS;
  const tileColumns = Math.min(room, Math.ceil(group.tiles.length / height));
  const panels = PANEL_COLUMNS * panelHeights.length;
  return { columns: Math.min(columns, tileColumns + panels), panelFrom: tileColumns + 1 };
}

/** Whether the board has anything to show. */
export function isEmpty(schema: BoardSchema): boolean {
  return schema.groups.every((group) => group.tiles.length === 0 && group.panels.length === 0);
}
