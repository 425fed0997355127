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

/** `POST /hbstates`: states in the order of the request, with its repetitions. */
export function readStates(body: Buffer, stateOf: StateOf, version: string): RawResponse {
  const fields = readFields(body);
  const names = namesSchema.safeParse(fields?.get('xnames'));
  if (fields === undefined || !names.success) {
    return hbtdProblem(400, 'Error unmarshalling inbound request', `${root}/hbstates`);
  }
  const states = names.data?.map((name) => ({
    XName: name ?? '',
    Heartbeating: isHeartbeating(name ?? '', stateOf, version),
  }));
  return jsonResponse({ HBStates: states?.length ? states : null });
}

/** `GET /hbstate/{xname}`: an unknown component is not heartbeating. */
export function readState(xname: string, stateOf: StateOf, version: string): RawResponse {
  const Heartbeating = isHeartbeating(xname, stateOf, version);
  return jsonResponse({ XName: normalise(xname), Heartbeating });
}
