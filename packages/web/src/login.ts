import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Client } from './api/client.js';
import { problemOf, type Problem } from './api/problem.js';
import { valueOf } from './parts/confirm.js';
import { html } from './parts/html.js';
import { ProblemNote } from './parts/problem-note.js';

/** Asks for a token, and says how to come in without one. */
export function Login({ client, onDone }: { readonly client: Client; readonly onDone: () => void }): VNode {
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const submit = (event: Event): void => {
    event.preventDefault();
    void client.login(token.trim()).then(onDone, (failure: unknown) => setProblem(problemOf(failure)));
  };
  return html`
    <main class="login">
      <h1>Pinky</h1>
      <form onSubmit=${submit}>
        <label>Token
          <input type="password" name="token" value=${token} autocomplete="current-password"
            onInput=${(event: Event) => setToken(valueOf(event))} /></label>
        <button class="primary">Log in</button>
      </form>
      ${problem && html`<${ProblemNote} problem=${problem} />`}
      <p class="quiet">On the box, <code>pinky web</code> prints a link that logs you in, and
        <code> pinky token create</code> makes a token.</p>
    </main>`;
}
