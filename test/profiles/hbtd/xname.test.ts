import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { kindOf, normalise } from '../../../service/profiles/hbtd/xname.ts';

/** Names of each kind, and near misses behind the bar. */
const kinds: readonly (readonly [string, string])[] = [
  ['Cabinet', 'x0 x3000 x0003 | x x10000 X0 x-1'],
  ['CabinetBMC', 'x0b0 | x0b1 x0b'],
  ['CabinetCDU', 'x0d0 x0d1 | x0d2'],
  ['CEC', 'x9e0 x9e1 | x9e2 x9e10'],
  ['CabinetPDUController', 'x0m0 x0m3 | x0m4'],
  ['CabinetPDU', 'x0m0p0 x0m3p7 | x0m0p8'],
  ['CabinetPDUOutlet', 'x0m0p0j1 x0m0p0j12 | x0m0p0j0 x0m0p0j01'],
  ['CabinetPDUPowerConnector', 'x0m0p0v1 x0m0p0v20 | x0m0p0v0'],
  ['CabinetPDUNic', 'x0m0i0 x0m0i3 | x0m0i4'],
  ['Chassis', 'x0c0 x0c7 | x0c8 x0c00'],
  ['ChassisBMC', 'x0c0b0 | x0c0b1'],
  ['ChassisBMCNic', 'x0c0b0i0 x0c0b0i3 | x0c0b0i4'],
  ['CMMFpga', 'x0c0f0 | x0c0f1'],
  ['CMMRectifier', 'x0c0t0 x0c0t9 | x0c0t10'],
  ['MgmtSwitch', 'x0c0w1 x0c0w38 | x0c0w0 x0c0w01'],
  ['MgmtSwitchConnector', 'x0c0w1j1 x0c0w1j48 | x0c0w1j0'],
  ['MgmtHLSwitchEnclosure', 'x0c0h1 x0c0h33 | x0c0h0'],
  ['MgmtHLSwitch', 'x0c0h1s1 x0c0h1s9 | x0c0h1s0 x0c0h1s10'],
  ['ComputeModule', 'x0c0s0 x0c0s64 x0c0s007 | x0c0s'],
  ['NodeEnclosure', 'x0c0s0e0 x0c0s0e10 |'],
  ['NodeEnclosurePowerSupply', 'x0c0s0e0t0 x0c0s0e1t12 |'],
  ['NodePowerConnector', 'x0c0s0j1 x0c0s0j2 x0c0s0v1 x0c0s0v2 | x0c0s0j0 x0c0s0v3'],
  ['NodeBMC', 'x0c0s0b0 x0c0s0b99 |'],
  ['NodeBMCNic', 'x0c0s0b0i0 x0c0s0b0i3 | x0c0s0b0i4'],
  ['NodeFpga', 'x0c0s0b0f0 | x0c0s0b0f1'],
  ['Node', 'x0c0s0b0n0 x3000c0s17b2n00 x1000c7s7b1n1 | x0c0s0b0n x0c0s0b0n0x x0c0s0n0'],
  ['VirtualNode', 'x0c0s0b0n0v0 x0c0s0b0n0v12 |'],
  ['NodeNic', 'x0c0s0b0n0i0 x0c0s0b0n0i3 | x0c0s0b0n0i4'],
  ['NodeHsnNic', 'x0c0s0b0n0h0 x0c0s0b0n0h3 | x0c0s0b0n0h4'],
  ['NodeAccel', 'x0c0s0b0n0a0 x0c0s0b0n0a15 |'],
  ['NodeAccelRiser', 'x0c0s0b0n0r0 x0c0s0b0n0r7 | x0c0s0b0n0r8'],
  ['Memory', 'x0c0s0b0n0d0 x0c0s0b0n0d15 |'],
  ['Processor', 'x0c0s0b0n0p0 x0c0s0b0n0p3 | x0c0s0b0n0p4'],
  ['StorageGroup', 'x0c0s0b0n0g0 x0c0s0b0n0g9 |'],
  ['Drive', 'x0c0s0b0n0g0k0 x0c0s0b0n0g0k24 |'],
  ['RouterModule', 'x0c0r0 x0c0r63 |'],
  ['HSNBoard', 'x0c0r0e0 x0c0r0e12 |'],
  ['RouterFpga', 'x0c0r0f0 x0c0r0f1 | x0c0r0f2'],
  ['RouterTOR', 'x0c0r0t0 x0c0r0t12 |'],
  ['RouterTORFpga', 'x0c0r0t0f0 x0c0r0t0f1 | x0c0r0t0f2'],
  ['RouterBMC', 'x0c0r0b0 x0c0r0b12 |'],
  ['RouterBMCNic', 'x0c0r0b0i0 x0c0r0b0i3 | x0c0r0b0i4'],
  ['RouterPowerConnector', 'x0c0r0v1 x0c0r0v2 | x0c0r0v0 x0c0r0v3'],
  ['HSNAsic', 'x0c0r0a0 x0c0r0a3 | x0c0r0a4'],
  ['HSNLink', 'x0c0r0a0l0 x0c0r0a3l63 |'],
  ['HSNConnector', 'x0c0r0j1 x0c0r0j32 | x0c0r0j0'],
  ['HSNConnectorPort', 'x0c0r0j1p0 x0c0r0j1p2 | x0c0r0j1p3'],
  ['All', 'all | All'],
  ['AllSvc', 'all_svc | all_sv'],
  ['AllComp', 'all_comp | all_com'],
  ['System', 's0 | s1 s00'],
  ['SMSBox', 'sms0 sms12 | sms'],
  ['CDU', 'd0 d12 | d'],
  ['CDUMgmtSwitch', 'd0w0 d12w3 | dw1'],
  ['Partition', 'p0 p12 p1.2 p1x22 p1-0 | p p1. p1..2 p.1'],
];

const rows = kinds.map(([kind, names]) => {
  const [good = '', bad = ''] = names.split('|').map((part) => part.trim());
  const list = (text: string) => text.split(' ').filter((name) => name !== '');
  return { kind, good: list(good), bad: list(bad) };
});

describe('kindOf', () => {
  it.each(rows)('knows a $kind: $good', ({ kind, good }) => {
    for (const name of good) expect([name, kindOf(name)]).toEqual([name, kind]);
  });

  it.each(rows.filter(({ bad }) => bad.length > 0))('is not misled by $bad', ({ kind, bad }) => {
    for (const name of bad) expect(kindOf(name)).not.toBe(kind);
  });

  it.each(['', 'x', 'X0C0S0B0N0', ' x0c0', 'x0c0 ', 'x0c0\n', 'localhost', 'x0z0', 'x０'])(
    'knows nothing of the name "%s"',
    (name) => expect(kindOf(name)).toBeUndefined(),
  );

  it('takes no longer for a long name', () => {
    const long = `x${'0'.repeat(100_000)}c0s0b0n0`;
    const began = performance.now();
    expect(kindOf(long)).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('normalise', () => {
  it.each([
    ['x0000c0s01b002n0', 'x0c0s1b2n0'],
    [' X3000C0S17B2N0\n', 'x3000c0s17b2n0'],
    ['x100c0', 'x100c0'],
    ['p001.002', 'p1.2'],
    ['sms000', 'sms0'],
    ['Some-Host.007', 'some-host.7'],
  ])('makes of "%s" "%s"', (name, spelled) => expect(normalise(name)).toBe(spelled));

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(normalise(normalise(name))).toBe(normalise(name));
      }),
    );
  });

  it('leaves what is a name of a kind in that kind', () => {
    const names = rows.flatMap(({ kind, good }) => good.map((name) => ({ kind, name })));
    for (const { kind, name } of names) expect(kindOf(normalise(name))).toBe(kind);
  });
});
