import { describe, expect, it } from '@jest/globals';
import type { LivenessEvent } from '../../service/contract/event.ts';
import { createRouting, type Rule } from '../../service/notify/routing.ts';
import { anEvent } from '../support/events.ts';

const rule = (fields: Partial<Rule> = {}): Rule => ({ name: '*', version: '*', ...fields });
const orion = anEvent({ subject: { name: 'Orion', version: '1.0', instance: 'i-1' } });
const component = anEvent({
  kind: 'component.down',
  subject: { name: 'Orion', version: '2.1' },
});
const storm = anEvent({ kind: 'mass_outage', subject: undefined });
const calm = anEvent({ kind: 'mass_outage.ended', subject: undefined });
const params = anEvent({ kind: 'params.changed', subject: undefined });
const reminder = anEvent({ kind: 'still_down', subject: undefined });

const goes = (event: LivenessEvent, match?: readonly Rule[], silenced = false) =>
  createRouting({ match, silenced })(event);

describe('createRouting', () => {
  it('lets everything through where there are no rules', () => {
    expect([orion, component, storm, params].map((event) => goes(event))).toEqual(
      Array(4).fill(true),
    );
  });

  it.each<[string, LivenessEvent, Rule, boolean]>([
    ['its kind', orion, rule({ kinds: ['down', 'recovered'] }), true],
    ['another kind', orion, rule({ kinds: ['late'] }), false],
    ['its name', orion, rule({ name: 'Or*' }), true],
    ['another name', orion, rule({ name: 'or*' }), false],
    ['its version', component, rule({ version: '2.?' }), true],
    ['another version', component, rule({ version: '1.?' }), false],
    ['its name, but another kind', orion, rule({ name: 'Orion', kinds: ['late'] }), false],
    ['a name, for an event of no component', params, rule({ name: '*o*' }), false],
    ['all names, for an event of no component', params, rule({ name: '**' }), true],
    ['a name, for a mass outage, which may be that of Orion', storm, rule({ name: 'O*' }), true],
    ['a name, for the end of a mass outage', calm, rule({ name: 'O*' }), true],
    ['another kind, for the end of a mass outage', calm, rule({ kinds: ['down'] }), false],
    ['a name, for a reminder of all that is down', reminder, rule({ name: 'O*' }), true],
    ['another kind, for a mass outage', storm, rule({ name: 'O*', kinds: ['down'] }), false],
  ])('of a rule with %s', (_, event, one, expected) => {
    expect(goes(event, [one])).toBe(expected);
  });

  it('is content with one of several rules', () => {
    expect(goes(orion, [rule({ name: 'x' }), rule({ kinds: ['down'] })])).toBe(true);
    expect(goes(orion, [rule({ name: 'x' }), rule({ name: 'y' })])).toBe(false);
  });

  it('holds silenced events back, unless they are wanted', () => {
    const silenced = anEvent({ silencedBy: 'a-silence' });
    expect(goes(silenced)).toBe(false);
    expect(goes(silenced, [rule()])).toBe(false);
    expect(goes(silenced, [rule()], true)).toBe(true);
    expect(goes(silenced, [rule({ name: 'x' })], true)).toBe(false);
  });

  it('lets go what ends something, past kinds and silences, but not past names', () => {
    const end = anEvent({ kind: 'recovered', silencedBy: 'a-silence' });
    const concerns = (one: Rule) =>
      createRouting({ match: [one], silenced: false }, ({ kind }) => kind === 'recovered')(end);
    expect(concerns(rule({ kinds: ['down'] }))).toBe(true);
    expect(concerns(rule({ name: 'Perseo' }))).toBe(false);
  });
});
