// A workspace made large while nobody serves it: bench/crowd.c writes the rows.
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { root } from './orchd.mjs';

const program = resolve(root, process.env.BUILD ?? 'build/release', 'bench/crowd');
const run = (data, ...words) => promisify(execFile)(program, [join(data, 'orchd.db'), ...words.map(String)]);

// `count` orchestrators in no channel, named "Ada Amber 00001" …, slugs crowd-00001 …; with `stopped` their daemons do not run.
export const addOrchestrators = (data, count, { stopped = false } = {}) => run(data, 'orchestrators', count, ...(stopped ? ['stopped'] : []));

// `count` people in no channel, named "Ida Ash 00001" …, person-00001@crowd.example …
export const addPeople = (data, count) => run(data, 'people', count);

// Everybody is in the channel with this slug.
export const joinAll = (data, slug) => run(data, 'join', slug);

// `count` messages by the people of the channel with this slug, over the last 30 days.
export const addMessages = (data, slug, count) => run(data, 'messages', slug, count);
