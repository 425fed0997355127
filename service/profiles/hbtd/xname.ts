/*
 * Names of places in a Cray system: `x3000c0s17b2n0` is node 0 of BMC 2 in slot 17 of chassis 0 of
 * cabinet 3000. The kind of a component follows from the form of its name: its letters, and the
 * numbers that may follow each. The kinds have Cray's names.
 */

const cabinet = 'x#{1,4}';
const chassis = `${cabinet}c[0-7]`;
const slot = `${chassis}s#+`;
const bmc = `${slot}b#+`;
const node = `${bmc}n#+`;
const router = `${chassis}r#+`;
const positive = '[1-9]#*';

/** `#` stands for a digit. */
const forms: readonly (readonly [kind: string, form: string])[] = [
  ['Cabinet', cabinet],
  ['CabinetBMC', `${cabinet}b0`],
  ['CabinetCDU', `${cabinet}d[0-1]`],
  ['CEC', `${cabinet}e[0-1]`],
  ['CabinetPDUController', `${cabinet}m[0-3]`],
  ['CabinetPDU', `${cabinet}m[0-3]p[0-7]`],
  ['CabinetPDUOutlet', `${cabinet}m[0-3]p[0-7]j${positive}`],
  ['CabinetPDUPowerConnector', `${cabinet}m[0-3]p[0-7]v${positive}`],
  ['CabinetPDUNic', `${cabinet}m[0-3]i[0-3]`],

  ['Chassis', chassis],
  ['ChassisBMC', `${chassis}b0`],
  ['ChassisBMCNic', `${chassis}b0i[0-3]`],
  ['CMMFpga', `${chassis}f0`],
  ['CMMRectifier', `${chassis}t#`],
  ['MgmtSwitch', `${chassis}w${positive}`],
  ['MgmtSwitchConnector', `${chassis}w${positive}j${positive}`],
  ['MgmtHLSwitchEnclosure', `${chassis}h${positive}`],
  ['MgmtHLSwitch', `${chassis}h${positive}s[1-9]`],

  ['ComputeModule', slot],
  ['NodeEnclosure', `${slot}e#+`],
  ['NodeEnclosurePowerSupply', `${slot}e#+t#+`],
  ['NodePowerConnector', `${slot}j[1-2]`],
  ['NodePowerConnector', `${slot}v[1-2]`],
  ['NodeBMC', bmc],
  ['NodeBMCNic', `${bmc}i[0-3]`],
  ['NodeFpga', `${bmc}f0`],

  ['Node', node],
  ['VirtualNode', `${node}v#+`],
  ['NodeNic', `${node}i[0-3]`],
  ['NodeHsnNic', `${node}h[0-3]`],
  ['NodeAccel', `${node}a#+`],
  ['NodeAccelRiser', `${node}r[0-7]`],
  ['Memory', `${node}d#+`],
  ['Processor', `${node}p[0-3]`],
  ['StorageGroup', `${node}g#+`],
  ['Drive', `${node}g#+k#+`],

  ['RouterModule', router],
  ['HSNBoard', `${router}e#+`],
  ['RouterFpga', `${router}f[0-1]`],
  ['RouterTOR', `${router}t#+`],
  ['RouterTORFpga', `${router}t#+f[0-1]`],
  ['RouterBMC', `${router}b#+`],
  ['RouterBMCNic', `${router}b#+i[0-3]`],
  ['RouterPowerConnector', `${router}v[1-2]`],
  ['HSNAsic', `${router}a[0-3]`],
  ['HSNLink', `${router}a[0-3]l#+`],
  ['HSNConnector', `${router}j${positive}`],
  ['HSNConnectorPort', `${router}j${positive}p[0-2]`],

  ['All', 'all'],
  ['AllSvc', 'all_svc'],
  ['AllComp', 'all_comp'],
  ['System', 's0'],
  ['SMSBox', 'sms#+'],
  ['CDU', 'd#+'],
  ['CDUMgmtSwitch', 'd#+w#+'],
];

/** A name without its numbers belongs to one form, so that one expression is tried and not all. */
const byLetters: ReadonlyMap<string, { kind: string; expression: RegExp }> = new Map(
  forms.map(([kind, form]) => [
    form.replaceAll(/#\{1,4\}|#[+*]?|\[[^\]]*\]|\d/g, ''),
    { kind, expression: new RegExp(`^${form.replaceAll('#', '[0-9]')}$`) },
  ]),
);

/** A hardware partition has a number behind any one character: it cannot be found by its letters. */
const partition = /^p[0-9]+(.[0-9]+)?$/u;

/** Cray's kind of the component with this name; undefined for an invalid name. */
export function kindOf(xname: string): string | undefined {
  const found = byLetters.get(xname.replaceAll(/[0-9]/g, ''));
  if (found?.expression.test(xname)) return found.kind;
  return partition.test(xname) ? 'Partition' : undefined;
}

/** Cray's word for components without a kind. */
export const noKind = 'INVALID';

/** The canonical spelling of a name: no space around it, no leading zeros, lower case. */
export const normalise = (xname: string): string =>
  xname
    .trim()
    .toLowerCase()
    .replaceAll(/(?<![0-9])0+(?=[0-9])/g, '');
