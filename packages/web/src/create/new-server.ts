import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Box } from '../api/box.js';
import { problemOf, type Problem } from '../api/problem.js';
import { ActionButton } from '../parts/action-button.js';
import { valueOf } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { useLoaded } from '../parts/loaded.js';
import { ProblemNote } from '../parts/problem-note.js';
import { hrefOf } from '../route.js';
import { SettingField } from '../settings/setting-field.js';
import { titleOf, type Pack } from './pack-card.js';
import { PackList } from './pack-list.js';
import { UploadForm } from './upload-form.js';

/** Two clicks: a game, and start. A name is offered, and the settings have their defaults. */
export function NewServer({ box }: { readonly box: Box }): VNode {
  const load = () => box.client.get<{ funpacks: readonly Pack[] }>('/v1/funpacks');
  const { value, problem, again } = useLoaded(load, []);
  const [pack, setPack] = useState<Pack>();
  const uploaded = async (funpack: string): Promise<void> => {
    again();
    setPack((await load()).funpacks.find((each) => each.funpack === funpack));
  };
  if (pack) return html`<${Details} box=${box} pack=${pack} back=${() => setPack(undefined)} />`;
  return html`
    <main>
      <header class="head"><a class="back" href="#/" aria-label="Back to the list">‹</a><h1>New server</h1></header>
      ${problem && html`<${ProblemNote} problem=${problem} />`}
      ${value?.funpacks.length === 0 && html`<p class="empty">No game is installed on this box. Upload one below.</p>`}
      <${PackList} box=${box} packs=${value?.funpacks ?? []} choose=${setPack} again=${again} />
      <${UploadForm} box=${box} taken=${value?.funpacks.map(({ funpack }) => funpack) ?? []} onDone=${uploaded} />
    </main>`;
}

interface DetailsProps {
  readonly box: Box;
  readonly pack: Pack;
  readonly back: () => void;
}

function Details({ box, pack, back }: DetailsProps): VNode {
  const taken = (box.servers.get() ?? []).map(({ serverId }) => serverId);
  const [serverId, setServerId] = useState(freeName(pack.funpack, taken));
  const [settings, setSettings] = useState<Readonly<Record<string, unknown>>>({});
  const [memory, setMemory] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const given = { serverId, funpack: pack.funpack, settings, ...(memory !== '' && { ram: Number(memory) }) };
  const start = (): Promise<unknown> => startNew(box, given, setProblem);
  const isTaken = taken.includes(serverId);
  const isName = /^[A-Za-z0-9_-]{1,64}$/.test(serverId);
  const why = isTaken ? 'This name is taken' : isName ? undefined : 'Use A-Z a-z 0-9 _ -';
  const set = (name: string) => (value: unknown) => setSettings({ ...settings, [name]: value });
  return html`
    <main>
      <header class="head">
        <button type="button" class="plain back" onClick=${back} aria-label="Back to the games">‹</button>
        <h1>New ${titleOf(pack)}</h1>
        <span class="actions"><${ActionButton} kind="primary" act=${start} why=${why}>Start</${ActionButton}></span>
      </header>
      ${problem && html`<${ProblemNote} problem=${problem} />`}
      <form class="settings" onSubmit=${(event: Event) => event.preventDefault()}>
        <label class=${`field ${why === undefined ? '' : 'wrong'}`}><span>Name</span>
          <input name="serverId" value=${serverId} autocomplete="off"
            onInput=${(event: Event) => setServerId(valueOf(event))} />
          <small class="quiet">${why ?? 'The game gets a free port by itself.'}</small>
        </label>
        <label class=${`field ${problem?.field === 'ram' ? 'wrong' : ''}`}><span>Memory, MB</span>
          <input name="ram" type="number" min="16" max="1048576" value=${memory} placeholder="1024" autocomplete="off"
            onInput=${(event: Event) => setMemory(valueOf(event))} />
          <small class="quiet">A game that is given its memory is held to it.</small>
        </label>
        ${Object.entries(pack.schema ?? {}).map(([name, rule]) => html`
          <${SettingField} key=${name} name=${name} rule=${rule} value=${settings[name]} isChanged=${name in settings}
            isWrong=${problem?.field === name} set=${set(name)} />`)}
      </form>
    </main>`;
}

interface NewStart {
  readonly serverId: string;
  readonly funpack: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly ram?: number;
}

/** Goes to the console, which shows how the start goes. A start that is refused at once stays on this page. */
async function startNew(
  box: Box,
  { serverId, funpack, settings, ram }: NewStart,
  onRefused: (problem: Problem) => void,
): Promise<void> {
  const given = { ...(Object.keys(settings).length > 0 && { settings }), ...(ram !== undefined && { ram }) };
  const isRefused = box.act(`Start ${serverId}`, 'POST', '/v1/servers', { serverId, funpack, ...given }).then(
    () => false,
    (failure: unknown) => {
      onRefused(problemOf(failure));
      return true;
    },
  );
  const soon = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 1_500));
  if (!(await Promise.race([isRefused, soon]))) location.hash = hrefOf(serverId);
}

/** `luanti`, or `luanti-2` where that is taken. */
function freeName(name: string, taken: readonly string[]): string {
  const base = name.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 60);
  for (let number = 1; ; number++) {
    const wanted = number === 1 ? base : `${base}-${number}`;
    if (!taken.includes(wanted)) return wanted;
  }
}
