/** Errors after which the effect is unknown, or the game may have ended before it read the line. */
const unsure = /outcome_unknown|deadline_exceeded|connection_lost|worker_unreachable/;

/** Every command takes effect at most once and is answered exactly once. A refused one has no effect. */
export async function judgeCommands({ producers, backend, ledgers, violation, steady }) {
  const figures = {
    sent: 0,
    effects: 0,
    succeeded: 0,
    refused: 0,
    unknown: 0,
    unanswered: 0,
    notTaken: 0,
    forgotten: 0,
    codes: {},
  };
  const answers = await answersOf(producers, backend, violation);
  const sentToList = new Set(await backend.redis.smembers('chaos:sent'));
  for (const command of producers.sent.values()) {
    figures.sent++;
    const effects = ledgers.effects.get(command.number) ?? 0;
    figures.effects += effects;
    const name = `command ${command.number} (${command.name} ${command.serverId}, by ${command.way})`;
    if (effects > 1) violation(`${name} took effect ${effects} times`, command.serverId);
    const answer = answers.get(command.number);
    if (!answer) {
      const isForgotten =
        command.way === 'list'
          ? !sentToList.has(String(command.number))
          : !(await producers.queue.getJob(`c-${command.number}`));
      figures[!command.isAccepted ? 'notTaken' : isForgotten ? 'forgotten' : 'unanswered']++;
      if (command.isAccepted && !isForgotten) violation(`${name} was never answered`, command.serverId);
      if (command.isConfirmed && isForgotten) violation(`${name} is gone, and a replica had it`, command.serverId);
      continue;
    }
    const code = answer.ok ? 'ok' : answer.error.split(':')[0];
    figures.codes[code] = (figures.codes[code] ?? 0) + 1;
    if (code === 'internal') violation(`${name} was answered with a defect: ${answer.error}`, command.serverId);
    if (answer.ok) figures.succeeded++;
    else if (unsure.test(answer.error)) figures.unknown++;
    else figures.refused++;
    if (!command.isNumbered) continue;
    if (answer.ok && effects === 0 && steady.has(command.serverId)) {
      violation(`${name} was answered with success and had no effect`, command.serverId);
    }
    if (!answer.ok && effects > 0 && !unsure.test(answer.error)) {
      violation(`${name} had an effect and was refused: ${answer.error}`, command.serverId);
    }
  }
  return figures;
}

/** The accepted commands that still wait for their answer. */
export async function unanswered(producers, backend) {
  const answers = await answersOf(producers, backend, () => undefined);
  return [...producers.sent.values()].filter(({ number, isAccepted }) => isAccepted && !answers.has(number));
}

async function answersOf(producers, backend, violation) {
  const answers = new Map();
  const take = (number, answer) => {
    if (answers.has(number)) {
      violation(`command ${number} was answered twice: ${JSON.stringify([answers.get(number), answer])}`);
    }
    answers.set(number, answer);
  };
  for (const text of await backend.oldest('chaos:answered')) {
    const { id, ok, error } = JSON.parse(text);
    take(id, { ok, error: error && `${error.code}: ${error.message}` });
  }
  for (const text of await backend.oldest('chaos:finished')) {
    const { jobId = '', event, failedReason } = JSON.parse(text);
    if (/^c-\d+$/.test(jobId)) {
      take(Number(jobId.slice(2)), event === 'completed' ? { ok: true } : { ok: false, error: failedReason });
    }
  }
  return answers;
}
