import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import type { Identity, InstanceState } from '../../contract/instance.ts';
import type { RawResponse } from '../../contract/problem.ts';
import { readFields } from './go-values.ts';
import { xnameIdentity } from './heartbeat.ts';
import { hbtdProblem, jsonResponse, root } from './responses.ts';
import { normalise } from './xname.ts';

/** Returns the state of an instance; undefined if it is unknown. */
export type StateOf = (identity: Identity) => InstanceState | undefined;

/** A component that is only late still counts as heartbeating. */
function isHeartbeating(xname: string, stateOf: StateOf, version: string): boolean {
  const state = stateOf(xnameIdentity(xname, version));
  return state === 'up' || state === 'late';
}

const namesSchema = z.array(z.string().nullable()).nullish();

/** Names of which the states are read in one turn of the event loop. */
const namesTogether = 2_000;

/** `POST /hbstates`: states in the order of the request, with its repetitions. */
export async function readStates(
  body: Buffer,
  stateOf: StateOf,
  version: string,
): Promise<RawResponse> {
  const fields = readFields(body);
  const names = namesSchema.safeParse(fields?.get('xnames'));
  if (fields === undefined || !names.success) {
    return hbtdProblem(400, 'Error unmarshalling inbound request', `${root}/hbstates`);
  }
  const all = names.data ?? [];
  const states: { XName: string; Heartbeating: boolean }[] = [];
  for (let at = 0; at < all.length; at += namesTogether) {
    if (at > 0) await nextTurn();
    for (const name of all.slice(at, at + namesTogether)) {
      const XName = name ?? '';
      states.push({ XName, Heartbeating: isHeartbeating(XName, stateOf, version) });
    }
  }
  return jsonResponse({ HBStates: states.length > 0 ? states : null });
}

/** `GET /hbstate/{xname}`: an unknown component is not heartbeating. */
export function readState(xname: string, stateOf: StateOf, version: string): RawResponse {
  const Heartbeating = isHeartbeating(xname, stateOf, version);
  return jsonResponse({ XName: normalise(xname), Heartbeating });
}
