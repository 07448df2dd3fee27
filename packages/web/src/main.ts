import { render } from 'preact';
import { Box } from './api/box.js';
import { Client } from './api/client.js';
import { App } from './app.js';
import { html } from './parts/html.js';
import { followTheme } from './parts/theme.js';
import { followRoute } from './route.js';

const place = document.getElementById('app');
followRoute();
followTheme();
if (place) {
  place.replaceChildren();
  render(html`<${App} box=${new Box(new Client())} />`, place);
}
