import { describe, expect, it } from '@jest/globals';
import { LogicalClock, type SavedClock } from '../../service/liveness/logical-clock.ts';
import { createManualTime } from './fixture.ts';

const savedAs = (saved: SavedClock) => new Map([['liveness.clock', JSON.stringify(saved)]]);

function open(
  saved: ReadonlyMap<string, string> = new Map(),
  time = createManualTime(),
  uptimeMs = time.uptimeMs,
) {
  const { clock } = time;
  const logical = new LogicalClock({ clock, uptimeMs, periodMs: () => 1_000, saved });
  return { time, logical };
}

function create(saved?: ReadonlyMap<string, string>, time = createManualTime()) {
  const { logical } = open(saved, time);
  logical.resume();
  const evaluate = (ms = 1_000, isRejecting = false) => {
    time.pass(ms);
    logical.advance(isRejecting);
  };
  return { time, logical, evaluate };
}

const none = { down: 0, stall: 0, suspend: 0, store: 0 };

describe('LogicalClock', () => {
  it('follows the monotonic clock, also between evaluations', () => {
    const { time, logical, evaluate } = create();
    evaluate();
    evaluate();
    time.pass(400);
    expect(logical.now()).toBe(2_400);
    expect(logical.blindMs()).toEqual(none);
    expect(logical.firstReturn(0)).toBeUndefined();
  });

  it('is not moved by steps of the wall clock', () => {
    const { time, logical, evaluate } = create();
    for (const step of [3_600_000, -7_200_000, 1]) {
      time.stepWall(step);
      evaluate();
    }
    expect(logical.now()).toBe(3_000);
    expect(logical.blindMs()).toEqual(none);
    expect(logical.wallOf(2_000)).toBe(time.clock.now() - 1_000);
  });

  it('takes a late evaluation for a period and a tenth, and the rest for blind', () => {
    const { time, logical, evaluate } = create();
    evaluate(1_100);
    expect(logical.now()).toBe(1_100);
    evaluate(1_900);
    expect(logical.now()).toBe(2_200);
    expect(logical.firstReturn(0)).toBeUndefined();
    time.pass(60_000);
    expect(logical.now()).toBe(3_300);
    logical.advance(false);
    expect(logical.now()).toBe(3_300);
    expect(logical.firstReturn(0)).toBe(3_300);
    expect(logical.blindMs()).toEqual({ ...none, stall: 800 + 58_900 });
  });

  it('does not count suspended time', () => {
    const { time, logical, evaluate } = create();
    evaluate();
    time.suspend(3_600_000);
    evaluate();
    expect(logical.now()).toBe(2_000);
    expect(logical.firstReturn(0)).toBe(2_000);
    expect(logical.blindMs()).toEqual({ ...none, suspend: 3_600_000 });
  });

  it('accepts an uptime in whole seconds', () => {
    const time = createManualTime();
    const uptimeMs = () => Math.floor(time.uptimeMs() / 1_000) * 1_000;
    const { logical } = open(undefined, time, uptimeMs);
    logical.resume();
    for (let n = 0; n < 100; n++) {
      time.pass(n % 2 ? 999 : 1_003);
      logical.advance(false);
    }
    expect(logical.blindMs()).toEqual(none);
  });

  it('stands still while heartbeats are rejected, and returns when they are accepted again', () => {
    const { logical, evaluate } = create();
    evaluate();
    evaluate(1_000, true);
    expect(logical.now()).toBe(2_000);
    evaluate(1_000, true);
    evaluate(5_000, true);
    expect(logical.now()).toBe(2_000);
    expect(logical.firstReturn(0)).toBeUndefined();
    evaluate();
    expect(logical.now()).toBe(2_000);
    expect(logical.firstReturn(0)).toBe(2_000);
    evaluate();
    expect(logical.now()).toBe(3_000);
    expect(logical.blindMs()).toEqual({ ...none, store: 7_000 });
  });

  it('never goes back', () => {
    const { time, logical } = create();
    let before = 0;
    for (let n = 0; n < 1_000; n++) {
      time.pass(((n * 7_919) % 2_500) + 1 / 3);
      expect(logical.now()).toBeGreaterThanOrEqual(before);
      expect(Number.isInteger(logical.now())).toBe(true);
      before = logical.now();
      if (n % 3 === 0) logical.advance(n % 7 === 0);
      expect(logical.now()).toBeGreaterThanOrEqual(before);
      before = logical.now();
    }
  });

  it('goes on after a restart from where it was saved', () => {
    const { time, logical, evaluate } = create();
    evaluate();
    evaluate();
    const saved = new Map([logical.save(false)]);
    time.pass(700);
    time.pass(60_000);
    const next = create(saved, time).logical;
    expect(next.now()).toBe(2_000);
    expect(next.firstReturn(0)).toBe(2_000);
    expect(next.firstReturn(2_001)).toBeUndefined();
    expect(next.blindMs()).toEqual({ ...none, down: 60_700 });
  });

  it('counts the time between its construction and the start as down', () => {
    const time = createManualTime();
    const wallMs = time.clock.now();
    const saved = { logicalMs: 5_000, wallMs, checkpointMs: 0, returnsMs: [] };
    const { logical } = open(savedAs(saved), time);
    time.pass(3_000);
    expect(logical.now()).toBe(5_000);
    logical.resume();
    time.pass(1_000);
    logical.advance(false);
    expect(logical.now()).toBe(6_000);
    expect(logical.blindMs()).toEqual({ ...none, down: 3_000 });
    expect(logical.firstReturn(0)).toBe(5_000);
  });

  it('places receipts before the restart between the checkpoint and the end', () => {
    const time = createManualTime();
    const wallMs = time.clock.now();
    const saved = { logicalMs: 90_000, wallMs, checkpointMs: 86_000, returnsMs: [] };
    time.pass(5_000);
    const { logical } = create(savedAs(saved), time);
    expect(logical.receivedBefore(wallMs - 1_500)).toBe(88_500);
    expect(logical.receivedBefore(wallMs + 300)).toBe(90_000);
    // The wall clock was set forward by an hour, or back.
    expect(logical.receivedBefore(wallMs - 3_600_000)).toBe(86_000);
    expect(logical.receivedBefore(wallMs + 3_600_000)).toBe(90_000);
  });

  it('remembers a bounded number of returns, and has a later one instead of none', () => {
    let saved: ReadonlyMap<string, string> | undefined;
    const time = createManualTime();
    for (let start = 0; start < 2_000; start++) {
      const { logical, evaluate } = create(saved, time);
      evaluate();
      saved = new Map([logical.save(false)]);
      time.pass(500);
    }
    const { returnsMs } = JSON.parse(saved?.get('liveness.clock') ?? '');
    expect(returnsMs.length).toBeLessThanOrEqual(256);
    const { logical } = create(saved, time);
    expect(logical.firstReturn(1_950_000)).toBe(1_950_000);
    // A long absence gets a return that was not much later.
    for (const lastHeartbeatMs of [500, 10_500, 500_500, 1_500_500]) {
      const firstMs = logical.firstReturn(lastHeartbeatMs) ?? 0;
      expect(firstMs).toBeGreaterThan(lastHeartbeatMs);
      expect(firstMs - lastHeartbeatMs).toBeLessThan(0.05 * (2_000_000 - lastHeartbeatMs) + 1_000);
    }
  });

  it('knows by how much the wall clock was set forward, but not by more than a day', () => {
    const { time, logical, evaluate } = create();
    const steps: [number, number][] = [
      [1_000, 0],
      [3_600_000, 3_601_000],
      [-7_200_000, 0],
      [90_000_000, 0],
      [-2_000, 86_399_000],
    ];
    for (const [step, expected] of steps) {
      time.stepWall(step);
      time.pass(400);
      expect(logical.setForwardMs()).toBe(expected);
      evaluate();
      time.suspend(50_000);
      evaluate();
      expect(logical.setForwardMs()).toBe(expected);
    }
  });

  it('was not down before the very first start', () => {
    const time = createManualTime();
    const { logical } = open(undefined, time);
    time.pass(30);
    logical.resume();
    expect(logical.blindMs()).toEqual(none);
  });
});
