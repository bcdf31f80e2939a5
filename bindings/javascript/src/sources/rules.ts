/** Offline: the charter's rules, else the charter in its own words. */
import type { AnswerContext } from '../embedded/context.js';
import type { Answer } from './choose.js';

export function answerByRules(context: AnswerContext): Answer {
  const found = context.matchRules();
  const metadata = { model: 'rules' };
  return found ? { content: found.reply, actions: found.actions, metadata } : { content: context.noModelText, metadata };
}
