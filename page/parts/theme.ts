import { createStore } from '../data/store.ts';

/** Choices of colours: those of the system, or always the same. */
export const themeChoices = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof themeChoices)[number];

const key = 'theme';
const prefersDark = matchMedia('(prefers-color-scheme: dark)');

function savedChoice(): ThemeChoice {
  try {
    return themeChoices.find((one) => one === localStorage.getItem(key)) ?? 'system';
  } catch {
    return 'system';
  }
}

export const themeChoice = createStore<ThemeChoice>(savedChoice());

function readColors() {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    up: of('bar-up'),
    late: of('bar-late'),
    down: of('bar-down'),
    track: of('bar-track'),
    hatch: of('bar-hatch'),
    text: of('text-quiet'),
    line: of('line'),
    surface: of('surface'),
  };
}

/** Colours of what is drawn on a canvas, which styles cannot reach. */
export const theme = createStore(readColors());

function apply(): void {
  const choice = themeChoice.get();
  const ofSystem = prefersDark.matches ? 'dark' : 'light';
  document.documentElement.dataset['theme'] = choice === 'system' ? ofSystem : choice;
  theme.set(readColors());
}

export function chooseTheme(choice: ThemeChoice): void {
  try {
    localStorage.setItem(key, choice);
  } catch {
    // Without storage the choice ends with the page.
  }
  themeChoice.set(choice);
  apply();
}

export function startTheme(): void {
  apply();
  prefersDark.addEventListener('change', apply);
}
