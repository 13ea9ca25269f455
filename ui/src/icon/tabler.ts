/** Outlines from Tabler Icons (MIT), 24 × 24, the few that are drawn. A test holds them against the package. */
export const OUTLINES = {
  clock: ["M3 12a9 9 0 1 0 18 0a9 9 0 0 0 -18 0", "M12 7v5l3 3"],
} as const satisfies Record<string, readonly string[]>;

export type IconName = keyof typeof OUTLINES;
