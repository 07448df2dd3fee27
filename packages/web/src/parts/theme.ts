import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Store } from '../api/store.js';
import { valueOf } from './confirm.js';
import { html } from './html.js';
import { useStore } from './use-store.js';

const themes = ['system', 'light', 'dark'] as const;
type Theme = (typeof themes)[number];

const words: Readonly<Record<Theme, string>> = { system: 'as the system', light: 'light', dark: 'dark' };
const place = 'pinky-theme';

const themeOf = (text: string | null | undefined): Theme => themes.find((each) => each === text) ?? 'system';

/** The theme that this browser's reader has chosen. */
const chosen = new Store<Theme>(themeOf(globalThis.localStorage?.getItem(place)));

/** Has the page look as it was chosen, from now on. */
export function followTheme(): void {
  const apply = (): void => {
    document.documentElement.style.colorScheme = chosen.get() === 'system' ? '' : chosen.get();
  };
  chosen.subscribe(apply);
  apply();
}

/** Pins the theme, or lets it follow the system. */
export function ThemeChoice(): VNode {
  const theme = useStore(chosen);
  const choose = (event: Event): void => {
    const next = themeOf(valueOf(event));
    localStorage.setItem(place, next);
    chosen.set(next);
  };
  return html`
    <label class="row theme quiet">Theme
      <select onChange=${choose}>
        ${themes.map((each) => html`<option value=${each} selected=${each === theme}>${words[each]}</option>`)}
      </select>
    </label>`;
}

/** Changes whenever the colours do: what is painted has to be painted anew. */
export function useTheme(): string {
  const theme = useStore(chosen);
  const [isDark, setDark] = useState(false);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const look = (): void => setDark(query.matches);
    look();
    query.addEventListener('change', look);
    return () => query.removeEventListener('change', look);
  }, []);
  return `${theme} ${isDark}`;
}
