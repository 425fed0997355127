import { z } from 'zod';
import type { Identity, InstanceState } from '../../contract/instance.ts';
import type { HttpResponse } from '../../contract/problem.ts';
import { readFields } from './go-values.ts';
import { identityOf, type Naming } from './heartbeat.ts';
import { jsonAnswer, problem, root } from './words.ts';
import { normalise } from './xname.ts';

/** What an instance is now; undefined when it is not known. */
export type StateOf = (identity: Identity) => InstanceState | undefined;

/** A component of which only a warning was given still counts as heartbeating. */
function isHeartbeating(xname: string, stateOf: StateOf, naming: Naming): boolean {
  const state = stateOf(identityOf(xname, naming));
  return state === 'up' || state === 'late';
}

const namesSchema = z.array(z.string().nullable()).nullish();

/** `POST /hbstates`: in the order of the question, and as often. */
export function tellStates(body: Buffer, stateOf: StateOf, naming: Naming): HttpResponse {
  const fields = readFields(body);
  const names = namesSchema.safeParse(fields?.get('xnames'));
  if (fields === undefined || !names.success) {
    return problem(400, 'Error unmarshalling inbound request', `${root}/hbstates`);
  }
  const states = names.data?.map((name) => ({
    XName: name ?? '',
    Heartbeating: isHeartbeating(name ?? '', stateOf, naming),
  }));
  return jsonAnswer({ HBStates: states?.length ? states : null });
}

/** `GET /hbstate/{xname}`: who is not known does not heartbeat. */
export function tellState(xname: string, stateOf: StateOf, naming: Naming): HttpResponse {
  const Heartbeating = isHeartbeating(xname, stateOf, naming);
  return jsonAnswer({ XName: normalise(xname), Heartbeating });
}
