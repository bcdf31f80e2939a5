/** Copies a text. Rejects with words for the reader where the browser has no clipboard for pages (only in a secure context) or refuses. */
export async function copyText(text: string): Promise<void> {
  const clipboard = navigator.clipboard as Clipboard | undefined;
  try {
    if (!clipboard) throw new Error('none');
    await clipboard.writeText(text);
  } catch {
    throw new Error('This browser lets the page copy nothing: select it and copy it by hand');
  }
}
