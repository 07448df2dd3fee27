/** One variable as a panel writes it. */
export const eggVariable = (
  name: string,
  value: string,
  rules: string | readonly string[],
  more: object = {},
): object => ({
  name: `The ${name}`,
  description: 'a\r\nsentence',
  env_variable: name,
  default_value: value,
  user_viewable: true,
  user_editable: true,
  rules,
  ...more,
});

/** An egg as a panel writes it, with what a test changes. */
export const madeEgg = (more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    meta: { version: 'PTDL_v2' },
    name: 'Pond Server',
    author: 'frog@example.org',
    description: 'A pond.',
    features: null,
    docker_images: { Debian: 'example.org/yolks:debian' },
    file_denylist: [],
    startup: './pond --port {{SERVER_PORT}}',
    config: {
      files: '{}',
      startup: '{"done": "pond is open"}',
      logs: '{}',
      stop: 'quit',
    },
    scripts: {
      installation: {
        script: '#!/bin/bash\r\necho hi',
        container: 'example.org/installers:debian',
        entrypoint: 'bash',
      },
    },
    variables: [],
    ...more,
  });

/** The `config` of an egg, in texts as the older formats have it. */
export const eggConfig = (more: Readonly<Record<string, unknown>>): object => ({
  files: '{}',
  startup: '{"done": "pond is open"}',
  logs: '{}',
  stop: 'quit',
  ...more,
});
