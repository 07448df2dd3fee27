import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ActivityLine } from './activity-line.js';
import type { Box } from './api/box.js';
import { NewServer } from './create/new-server.js';
import { ServerList } from './list/server-list.js';
import { Login } from './login.js';
import { html } from './parts/html.js';
import { useNow, useStore } from './parts/use-store.js';
import { route } from './route.js';
import { ServerPage } from './server/server-page.js';
import { spanText } from './words/format.js';

/** The whole page: the list, and what is open beside it. */
export function App({ box }: { readonly box: Box }): VNode | null {
  const isLoggedOut = useStore(box.isLoggedOut);
  const [isKnown, setKnown] = useState(false);
  const open = useStore(route);
  const enter = (): void => {
    box.isLoggedOut.set(false);
    setKnown(true);
    void box.look();
  };
  useEffect(() => {
    void keepResuming(box, enter);
  }, [box]);
  if (isLoggedOut) return html`<${Login} client=${box.client} onDone=${enter} />`;
  if (!isKnown) return null;
  const serverId = open.page === 'server' ? open.serverId : undefined;
  return html`
    <div class=${`page ${open.page}`}>
      <${Lost} box=${box} />
      <${ServerList} box=${box} open=${serverId} tab=${open.page === 'server' ? open.tab : 'console'} />
      ${open.page === 'new' && html`<${NewServer} box=${box} />`}
      ${open.page === 'server' && html`
        <${ServerPage} key=${serverId} box=${box} serverId=${serverId} tab=${open.tab} rest=${open.rest} />`}
      ${open.page === 'list' && html`
        <main class="nothing"><h1 class="unseen">Servers</h1><p class="quiet">Choose a server.</p></main>`}
      <${ActivityLine} box=${box} />
    </div>`;
}

const againMs = 1_000;

async function keepResuming(box: Box, enter: () => void): Promise<void> {
  for (;;) {
    try {
      if (await box.client.resume()) enter();
      else box.isLoggedOut.set(true);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, againMs)); // the box does not answer yet
    }
  }
}

/** Says since when what is shown is old. */
function Lost({ box }: { readonly box: Box }): VNode | null {
  const lostSince = useStore(box.lostSince);
  const now = useNow();
  if (lostSince === undefined) return null;
  return html`
    <p class="lost-note" role="status">
      The box has not answered for ${spanText(now - lostSince)}. Games go on meanwhile.
    </p>`;
}
