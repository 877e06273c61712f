import { describe, expect, test } from "vitest";
import { makeFigure, microsPerTask, ratioOf, runsPerSecond } from "../../bench/figure.ts";
import { formatCase, formatTarget } from "../../bench/report.ts";
import { measureRounds } from "../../bench/rounds.ts";
import { getMedian, getPercentile, getRatio } from "../../bench/statistics.ts";
import { atLeast, atMost, below } from "../../bench/target.ts";

describe("medians and percentiles", () => {
  test("the median of an odd number of samples is the one in the middle, whatever their order", () => {
    expect(getMedian([9, 1, 5])).toBe(5);
    expect(getMedian([7])).toBe(7);
  });

  test("the median of an even number of samples lies between the two in the middle", () => {
    expect(getMedian([10, 1, 4, 2])).toBe(3);
  });

  test("samples are compared as numbers, and the given list keeps its order", () => {
    const samples = [100, 9, 20];
    expect(getMedian(samples)).toBe(20);
    expect(samples).toEqual([100, 9, 20]);
  });

  test("a percentile is the smallest sample that so many are not above", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(getPercentile(hundred, 99)).toBe(99);
    expect(getPercentile(hundred, 100)).toBe(100);
    expect(getPercentile(hundred, 50)).toBe(50);
    expect(getPercentile([3, 1, 2], 50)).toBe(2);
    expect(getPercentile([4], 99)).toBe(4);
  });

  test("no samples, and percentages that are none, are refused", () => {
    expect(() => getMedian([])).toThrow("expected at least one sample, found none");
    expect(() => getPercentile([1], 0)).toThrow("expected a percentage above 0 and at most 100, found 0");
    expect(() => getPercentile([1], 101)).toThrow("found 101");
  });

  test("a ratio is that of the medians, so one slow sample does not move it", () => {
    expect(getRatio([2, 2, 900], [4, 4, 4])).toBe(0.5);
  });
});

describe("rounds", () => {
  test("every contestant is measured once a round, the first round does not count, and the order turns", async () => {
    const order: string[] = [];
    const contestants = ["a", "b", "c"].map((name) => ({
      name,
      measure: async () => {
        order.push(name);
        return [order.length];
      },
    }));
    const samples = await measureRounds(contestants, { rounds: 3 });
    expect(order.join("")).toBe("abcbcacababc");
    expect(samples.get("a")).toEqual([[6], [8], [10]]);
    expect(samples.get("b")).toEqual([[4], [9], [11]]);
    expect(samples.get("c")).toEqual([[5], [7], [12]]);
  });

  test("each is warmed up for as long as was asked, and the samples of that are not counted", async () => {
    let now = 0;
    const order: string[] = [];
    const contestants = ["a", "b"].map((name) => ({
      name,
      measure: async () => {
        order.push(name);
        now += name === "a" ? 400 : 1_500;
        return [now];
      },
    }));
    const samples = await measureRounds(contestants, { rounds: 1, warmUpMs: 1_000, now: () => now });
    expect(order.join("")).toBe("aaabba");
    expect(samples.get("a")).toEqual([[4_600]]);
    expect(samples.get("b")).toEqual([[4_200]]);
  });

  test("fewer than one round is refused", async () => {
    await expect(measureRounds([], { rounds: 0 })).rejects.toThrow("expected at least one round, found 0");
  });
});

describe("figures", () => {
  const ours = makeFigure("ours", [[10], [30], [20]], { tasks: 2_000, runs: 100 });
  const theirs = makeFigure("theirs", [[40], [41], [39]], { tasks: 2_000, runs: 100 });

  test("a figure is the median of its rounds, by task and by run", () => {
    expect(ours.medianMs).toBe(20);
    expect(microsPerTask(ours)).toBe(10);
    expect(runsPerSecond(ours)).toBe(5_000);
    expect(ours.p99Ms).toBeUndefined();
  });

  test("rounds of many samples are put together, and have a p99", () => {
    const figure = makeFigure(
      "singles",
      [
        [1, 2, 3],
        [4, 5, 600],
      ],
      { tasks: 1, runs: 1 },
    );
    expect(figure.medianMs).toBe(3.5);
    expect(figure.p99Ms).toBe(600);
  });

  test("the ratio of two contenders is the time of the first in times of the second", () => {
    expect(ratioOf([ours, theirs], "ours", "theirs")).toBe(0.5);
    expect(ratioOf([ours, theirs], "theirs", "ours")).toBe(2);
    expect(() => ratioOf([ours], "ours", "nobody")).toThrow("expected a figure of nobody, found ours");
  });

  test("a bound that is just reached is met, except where the figure is to stay below it", () => {
    expect(atMost("", 1.25, 1.25).met).toBe(true);
    expect(atMost("", 1.26, 1.25).met).toBe(false);
    expect(atLeast("", 10, 10).met).toBe(true);
    expect(atLeast("", 9.9, 10).met).toBe(false);
    expect(below("", 1, 1).met).toBe(false);
    expect(below("", 0.99, 1).met).toBe(true);
  });

  test("the table has a line a contender with the ratio, and says of each target whether it is met", () => {
    const targets = [atMost("of their time", 0.5, 0.4)];
    const text = formatCase({ name: "x", title: "a case", rounds: 3, figures: [ours, theirs], targets, notes: [] });
    expect(text.split("\n").map((line) => line.trim().replaceAll(/ +/g, " "))).toEqual([
      "a case (3 rounds)",
      "median Lockstep takes",
      "ours 20.0 ms 10.0 µs a task 5,000 runs/s",
      "theirs 40.0 ms 0.500 × 20.0 µs a task 2,500 runs/s",
      "NOT MET 0.500 of their time, target 0.4",
    ]);
    expect(formatTarget(atMost("of their time", 0.123, 0.4))).toBe("met      0.123 of their time, target 0.4");
  });
});
