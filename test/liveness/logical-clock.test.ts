import { describe, expect, it } from '@jest/globals';
import { createLogicalClock, type SavedClock } from '../../service/liveness/logical-clock.ts';
import { createManualTime } from './fixture.ts';

function create(saved?: SavedClock, time = createManualTime()) {
  const { clock, uptimeMs } = time;
  const logical = createLogicalClock({ clock, uptimeMs, tickMs: () => 1_000, saved });
  logical.resume();
  const tick = (ms = 1_000, isDeaf = false) => {
    time.pass(ms);
    logical.advance(isDeaf);
  };
  return { time, logical, tick };
}

const none = { down: 0, stall: 0, suspend: 0, store: 0 };

describe('createLogicalClock', () => {
  it('follows the monotonic clock, also between ticks', () => {
    const { time, logical, tick } = create();
    tick();
    tick();
    time.pass(400);
    expect(logical.now()).toBe(2_400);
    expect(logical.blindMs()).toEqual(none);
    expect(logical.firstReturn(0)).toBeUndefined();
  });

  it('is not moved by steps of the wall clock', () => {
    const { time, logical, tick } = create();
    for (const step of [3_600_000, -7_200_000, 1]) {
      time.stepWall(step);
      tick();
    }
    expect(logical.now()).toBe(3_000);
    expect(logical.blindMs()).toEqual(none);
    expect(logical.wallOf(2_000)).toBe(time.clock.now() - 1_000);
  });

  it('takes a late tick for a tick and a tenth, and the rest for blind', () => {
    const { time, logical, tick } = create();
    tick(1_100);
    expect(logical.now()).toBe(1_100);
    tick(1_900);
    expect(logical.now()).toBe(2_200);
    expect(logical.firstReturn(0)).toBeUndefined();
    time.pass(60_000);
    expect(logical.now()).toBe(3_300);
    logical.advance(false);
    expect(logical.now()).toBe(3_300);
    expect(logical.firstReturn(0)).toBe(3_300);
    expect(logical.blindMs()).toEqual({ ...none, stall: 800 + 58_900 });
  });

  it('does not count what the machine slept', () => {
    const { time, logical, tick } = create();
    tick();
    time.suspend(3_600_000);
    tick();
    expect(logical.now()).toBe(2_000);
    expect(logical.firstReturn(0)).toBe(2_000);
    expect(logical.blindMs()).toEqual({ ...none, suspend: 3_600_000 });
  });

  it('bears an uptime in whole seconds', () => {
    const time = createManualTime();
    const { clock } = time;
    const logical = createLogicalClock({
      clock,
      uptimeMs: () => Math.floor(time.uptimeMs() / 1_000) * 1_000,
      tickMs: () => 1_000,
      saved: undefined,
    });
    logical.resume();
    for (let n = 0; n < 100; n++) {
      time.pass(n % 2 ? 999 : 1_003);
      logical.advance(false);
    }
    expect(logical.blindMs()).toEqual(none);
  });

  it('stands still while heartbeats are refused, and returns when they are taken again', () => {
    const { logical, tick } = create();
    tick();
    tick(1_000, true);
    expect(logical.now()).toBe(2_000);
    tick(1_000, true);
    tick(5_000, true);
    expect(logical.now()).toBe(2_000);
    expect(logical.firstReturn(0)).toBeUndefined();
    tick();
    expect(logical.now()).toBe(2_000);
    expect(logical.firstReturn(0)).toBe(2_000);
    tick();
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
    const { time, logical, tick } = create();
    tick();
    tick();
    const saved = logical.save(false);
    time.pass(700);
    time.pass(60_000);
    const next = create(saved, time).logical;
    expect(next.now()).toBe(2_000);
    expect(next.firstReturn(0)).toBe(2_000);
    expect(next.firstReturn(2_001)).toBeUndefined();
    expect(next.blindMs()).toEqual({ ...none, down: 60_700 });
  });

  it('counts the time between its making and the beginning as down', () => {
    const time = createManualTime();
    const { clock, uptimeMs } = time;
    const saved = { logicalMs: 5_000, wallMs: clock.now(), checkpointMs: 0, returnsMs: [] };
    const logical = createLogicalClock({ clock, uptimeMs, tickMs: () => 1_000, saved });
    time.pass(3_000);
    expect(logical.now()).toBe(5_000);
    logical.resume();
    time.pass(1_000);
    logical.advance(false);
    expect(logical.now()).toBe(6_000);
    expect(logical.blindMs()).toEqual({ ...none, down: 3_000 });
    expect(logical.firstReturn(0)).toBe(5_000);
  });

  it('places what was heard before the restart between the checkpoint and the end', () => {
    const time = createManualTime();
    const wallMs = time.clock.now();
    const saved = { logicalMs: 90_000, wallMs, checkpointMs: 86_000, returnsMs: [] };
    time.pass(5_000);
    const { logical } = create(saved, time);
    expect(logical.heardBefore(wallMs - 1_500)).toBe(88_500);
    expect(logical.heardBefore(wallMs + 300)).toBe(90_000);
    // The wall clock was set forward by an hour, or back.
    expect(logical.heardBefore(wallMs - 3_600_000)).toBe(86_000);
    expect(logical.heardBefore(wallMs + 3_600_000)).toBe(90_000);
  });

  it('remembers as many returns as it may, and then rather a later one than none', () => {
    let saved: SavedClock | undefined;
    const time = createManualTime();
    for (let start = 0; start < 2_000; start++) {
      const { logical, tick } = create(saved, time);
      tick();
      saved = logical.save(false);
      time.pass(500);
    }
    expect(saved?.returnsMs.length).toBeLessThanOrEqual(256);
    const { logical } = create(saved, time);
    expect(logical.firstReturn(1_950_000)).toBe(1_950_000);
    // Who fell silent long ago gets a return that was not much later.
    for (const heardMs of [500, 10_500, 500_500, 1_500_500]) {
      const firstMs = logical.firstReturn(heardMs) ?? 0;
      expect(firstMs).toBeGreaterThan(heardMs);
      expect(firstMs - heardMs).toBeLessThan(0.05 * (2_000_000 - heardMs) + 1_000);
    }
  });

  it('knows by how much the wall clock was set forward, but not by more than a day', () => {
    const { time, logical, tick } = create();
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
      tick();
      time.suspend(50_000);
      tick();
      expect(logical.setForwardMs()).toBe(expected);
    }
  });

  it('was not down before the very first start', () => {
    const time = createManualTime();
    const { clock, uptimeMs } = time;
    const made = createLogicalClock({ clock, uptimeMs, tickMs: () => 1_000, saved: undefined });
    time.pass(30);
    made.resume();
    expect(made.blindMs()).toEqual(none);
  });
});
