/** A text of any length, with places where a line may end.
 *
 * Where letters are kerned or joined, the browser shapes them anew for each line, up to the next place where they are not: a word of
 * 20,000 letters took seconds, once for each of its lines. So a long text is given such places, behind spaces where it has some.
 */
import { Fragment, type ReactNode } from 'react';

/** Letters without such a place; beyond them the time grows with the square. */
export const UNBROKEN_MAX = 1000;
const PART = /[^]{1,249}\s|[^]{1,250}/gu;

export function longText(text: string): ReactNode {
  if (text.length <= UNBROKEN_MAX) return text;
  return text.match(PART)?.map((part, index) => <Fragment key={index}>{index > 0 && <wbr />}{part}</Fragment>);
}
