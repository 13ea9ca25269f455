import { describe, expect, test, vi } from "vitest";
import type { ViewBatch } from "../src/generated/wire";
import { scriptedHost } from "../src/host/fake";
import { ageMs, freshness } from "../src/store/age";
import { BoardState } from "../src/store/board.svelte";
import { follow } from "../src/store/feed";
import { EMPTY, indexOf, METRICS, PROMISE_MS, SCHEMA, total, whole } from "./boards/library";

const NOW = 1_800_000_000_000;
const DESKS = indexOf("desks_taken");

function started(): BoardState {
  const board = new BoardState();
  board.apply(whole(NOW), NOW);
  return board;
}

describe("the board's state", () => {
  test("is what the first batch says", () => {
    const board = started();
    expect(board.seq).toBe(1);
    expect(board.value(indexOf("fees_today"))).toBe("184206.40");
    expect(board.cell(DESKS)?.groups(0).get('"quiet"')).toBe(0.96);
  });

  test("a patch changes what it names and nothing else", () => {
    const board = started();
    const before = board.value(indexOf("visitors_today"));
    board.apply({ ...EMPTY, seq: 2, metrics: [total("visitors", 264)] }, NOW);
    expect(board.value(indexOf("visitors"))).toBe(264);
    expect(board.value(indexOf("visitors_today"))).toBe(before);
    expect(board.connection?.state).toBe("online");
    expect(board.seq).toBe(2);
  });

  test("groups come, change and go; others stay", () => {
    const board = started();
    board.apply(
      {
        ...EMPTY,
        metrics: [
          {
            i: DESKS,
            g: [
              [0, '"new"', 0.1],
              [0, '"quiet"', 0.5],
            ],
            gone: [[0, '"news"']],
          },
        ],
      },
      NOW,
    );
    const groups = board.cell(DESKS)?.groups(0);
    expect(groups?.get('"new"')).toBe(0.1);
    expect(groups?.get('"quiet"')).toBe(0.5);
    expect(groups?.has('"news"')).toBe(false);
    expect(groups?.get('"music"')).toBe(0.91);
    expect(board.value(DESKS)).toBe(0.934);
  });

  test("a group that went and came back in one patch is there", () => {
    const board = started();
    board.apply({ ...EMPTY, metrics: [{ i: DESKS, g: [[0, '"news"', 0.2]], gone: [[0, '"news"']] }] }, NOW);
    expect(board.cell(DESKS)?.groups(0).get('"news"')).toBe(0.2);
  });

  test("a zero and a missing value are told apart", () => {
    const board = started();
    board.apply({ ...EMPTY, metrics: [total("visitors", 0), total("desks_free", { none: "unavailable" })] }, NOW);
    expect(board.value(indexOf("visitors"))).toBe(0);
    expect(board.value(indexOf("desks_free"))).toEqual({ none: "unavailable" });
  });

  test("a reset forgets every value, group and age that it does not bring", () => {
    const board = started();
    board.apply({ ...EMPTY, reset: true, seq: 9, confirmed: { critical: NOW }, metrics: [total("visitors", 5)] }, NOW);
    expect(board.value(indexOf("visitors"))).toBe(5);
    expect(board.value(indexOf("loans_today"))).toBeUndefined();
    expect(board.cell(DESKS)?.groups(0).size).toBe(0);
    expect(board.confirmed).toEqual({ critical: NOW });
    expect(board.seq).toBe(9);
    expect(board.schema).toBe(SCHEMA);
  });

  test("confirmations are per tier", () => {
    const board = started();
    const { standard } = board.confirmed;
    board.apply({ ...EMPTY, confirmed: { critical: NOW + 5 } }, NOW);
    expect(board.confirmed).toMatchObject({ critical: NOW + 5, standard });
  });

  test("another board leaves nothing of the old one", () => {
    const board = started();
    board.apply({ ...EMPTY, schema: { ...SCHEMA, hash: "another" } }, NOW);
    expect(board.value(indexOf("visitors"))).toBeUndefined();
  });

  test("an index outside the board is ignored", () => {
    const board = started();
    board.apply({ ...EMPTY, metrics: [{ i: METRICS.length + 7, v: 1 }] }, NOW);
    expect(board.value(METRICS.length + 7)).toBeUndefined();
  });
});

describe("the feed", () => {
  function frames() {
    const due: (() => void)[] = [];
    return {
      next: (work: () => void) => void due.push(work),
      now: () => NOW,
      draw: () => {
        for (const work of due.splice(0)) work();
      },
      due,
    };
  }

  test("applies all that came since the last frame at once, in order", async () => {
    const clock = frames();
    const host = scriptedHost([{ after_ms: 0, batch: whole(NOW) }]);
    const board = new BoardState();
    const apply = vi.spyOn(board, "apply");
    await follow(host, board, clock);
    host.send({ ...EMPTY, seq: 2, metrics: [total("visitors", 1)] });
    host.send({ ...EMPTY, seq: 3, metrics: [total("visitors", 2)] });
    expect(apply).not.toHaveBeenCalled();
    expect(clock.due).toHaveLength(1);
    clock.draw();
    expect(board.value(indexOf("visitors"))).toBe(2);
    expect(board.seq).toBe(3);
  });

  test("reports the newest state after it was drawn, and only a state", async () => {
    const clock = frames();
    const host = scriptedHost([{ after_ms: 0, batch: whole(NOW) }]);
    await follow(host, new BoardState(), clock);
    clock.draw();
    expect(host.paintedSeqs).toEqual([]);
    clock.draw();
    expect(host.paintedSeqs).toEqual([1]);
    const confirmation: ViewBatch = { ...EMPTY, confirmed: { critical: NOW } };
    host.send(confirmation);
    clock.draw();
    clock.draw();
    expect(host.paintedSeqs).toEqual([1]);
  });
});

describe("age", () => {
  test("runs on MongoDB's clock, not on this computer's", () => {
    // This computer is an hour slow.
    expect(ageMs(NOW - 3_600_000, 3_600_000, NOW - 2_000)).toBe(2_000);
    expect(ageMs(NOW, 0, NOW + 50)).toBe(0);
  });

  const [P] = PROMISE_MS;
  test.each([
    [0, "fresh"],
    [2 * P, "fresh"],
    [2 * P + 1, "ageing"],
    [6 * P, "ageing"],
    [6 * P + 1, "stale"],
  ])("%d ms is %s under a promise of 5 s", (age, expected) => {
    expect(freshness(age, P)).toBe(expected);
  });
});
