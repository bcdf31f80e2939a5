/** The part of a message where it was found, and in it what the server's index has matched: whole words, and the beginning of one for the last of a query. */
const LENGTH = 140;

interface Word {
  at: number;
  end: number;
  /** Without case and accents. */
  text: string;
}

/** As the index cuts a text: words are letters and digits. */
const words = (text: string): Word[] => [...text.matchAll(/[\p{L}\p{N}\p{Co}][\p{L}\p{N}\p{Co}\p{M}]*/gu)].map(({ 0: word, index }) =>
  ({ at: index, end: index + word.length, text: word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase() }));

/** Where the words of one piece of a query stand in a text, one behind the other; `open`: the last of them may go on. */
function matches(text: readonly Word[], piece: readonly Word[], open: boolean): Word[] {
  const last = piece.length - 1;
  return text.flatMap((first, at) => {
    const end = text[at + last];
    const whole = last >= 0 && end && piece.every((word, i) => (open && i === last ? text[at + i]!.text.startsWith(word.text) : text[at + i]!.text === word.text));
    if (!whole) return [];
    const plain = end.text.length === end.end - end.at; // letter by letter what was typed
    return [{ ...first, end: plain ? end.at + piece[last]!.text.length : end.end }];
  });
}

/** Around the last word of the query that is there. A space ends a word: it is no beginning then. */
export function excerpt(content: string, query: string): React.ReactNode {
  const text = content.replace(/\s+/g, ' ').replace(/\|[ :|-]+\|/g, '|'); // without the rules of tables
  const all = words(text);
  const pieces = query.split(/[ \t-\r]+/);
  const found = pieces.map((piece, i) => matches(all, words(piece), i === pieces.length - 1 && piece.length > 1));
  const about = found.flatMap((each) => each.slice(0, 1)).at(-1);
  if (!about) return text.slice(0, LENGTH);
  const from = about.at < LENGTH / 3 ? 0 : all.find((word) => word.at >= about.at - LENGTH / 3)!.at;
  const parts: React.ReactNode[] = [from > 0 && '… '];
  let done = from;
  for (const { at, end } of found.flat().sort((a, b) => a.at - b.at)) {
    if (at < done || at >= from + LENGTH) continue;
    parts.push(text.slice(done, at), <mark key={at}>{text.slice(at, end)}</mark>);
    done = end;
  }
  return <>{parts}{text.slice(done, from + LENGTH)}</>;
}
