import { describe, expect, test } from "vitest";
import { formatDuration, spokenDuration } from "../src/format/duration";
import { formatTime, zoneOf } from "../src/format/time";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [-5 * SECOND, "0 s"],
  [999, "0 s"],
  [45 * SECOND, "45 s"],
  [MINUTE - 1, "59 s"],
  [12 * MINUTE, "12 min"],
  [12 * HOUR + 10 * MINUTE + 59 * SECOND, "12 h 10 min"],
  [12 * HOUR, "12 h"],
  [3 * DAY + 4 * HOUR + 59 * MINUTE, "3 d 4 h"],
  [4000 * DAY, "4,000 d"],
])("%d ms", (milliseconds, shown) => {
  expect(formatDuration("en-GB", milliseconds)).toBe(shown.replaceAll(" ", "\u00a0"));
});

test("spoken in whole words", () => {
  expect(spokenDuration("en-GB", 12 * HOUR + 10 * MINUTE)).toBe("12 hours 10 minutes");
  expect(spokenDuration("en-GB", SECOND)).toBe("1 second");
  expect(spokenDuration("de-DE", 2 * SECOND)).toBe("2 Sekunden");
});

describe("times are the site's, whatever this computer's zone is", () => {
  const at = Date.UTC(2026, 10, 21, 9, 42, 7);

  test("IANA zones", () => {
    expect(formatTime("en-GB", "Europe/Berlin", at, at, "seconds")).toBe("10:42:07");
    expect(formatTime("en-US", "Europe/Berlin", at, at, "minutes")).toBe("10:42");
    expect(formatTime("de-DE", "Asia/Kathmandu", at, at, "seconds")).toBe("15:27:07");
  });

  test("POSIX zones count westward", () => {
    expect(zoneOf("<+0537>-05:37").name).toBe("UTC+05:37");
    expect(formatTime("en-GB", "<+0537>-05:37", at, at, "seconds")).toBe("15:19:07");
    expect(zoneOf("<-03>3").name).toBe("UTC−03:00");
    expect(formatTime("en-GB", "<-03>3", at, at, "seconds")).toBe("06:42:07");
  });

  test("a zone that is not known is UTC and says so", () => {
    expect(zoneOf("Mars/Olympus").name).toBe("UTC");
    expect(formatTime("en-GB", "Mars/Olympus", at, at, "seconds")).toBe("09:42:07");
  });

  test("another day is named", () => {
    expect(formatTime("en-GB", "Europe/Berlin", at, at + DAY, "minutes")).toBe("21\u00a0Nov, 10:42");
    // Five minutes later it is tomorrow in Berlin.
    const late = Date.UTC(2026, 10, 21, 22, 58);
    expect(formatTime("en-GB", "Europe/Berlin", late, late + 5 * MINUTE, "minutes")).toBe("21\u00a0Nov, 23:58");
    expect(formatTime("en-GB", "Europe/Berlin", at, at + 365 * DAY, "minutes")).toContain("21\u00a0Nov");
  });

  test("midnight is 00, not 24", () => {
    const midnight = Date.UTC(2026, 10, 20, 23, 0, 0);
    expect(formatTime("en-US", "Europe/Berlin", midnight, midnight, "seconds")).toBe("00:00:00");
  });
});
