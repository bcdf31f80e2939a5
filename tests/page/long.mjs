// A channel of 10,000 messages: it opens at its end, scrolls without long tasks, and what is read does not jump when older ones come.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { until } from '../harness/check.mjs';

const COUNT = 10000;

// Put into the database while nobody serves it: earlier ids than all that are made now.
const FILL = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
channel = db.execute("SELECT id FROM channels WHERE slug = 'archive'").fetchone()[0]
authors = [row[0] for row in db.execute("SELECT id FROM users ORDER BY id")]
text = "Message {n} of the log. Some have **bold** words, a [link](https://example.org/{n}) or \`code\`, and some go on for a while so that they take two or three lines of the page. "
rows = []
for n in range(${COUNT}):
    content = text.format(n=n) * (1 + n % 3) + ("\\n\\n\`\`\`\\nline of code {0}\\n\`\`\`".format(n) if n % 17 == 0 else "")
    time = "2026-01-%02d %02d:%02d:%02d.000" % (1 + n // 400, n // 60 % 24, n % 60, n * 7 % 60)
    rows.append(("c0000000000000000000%05d" % n, content, channel, authors[n // 4 % len(authors)], time, time))
db.executemany("INSERT INTO messages (id, content, channel_id, author_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)", rows)
db.commit()
`;

// The row at the top of the view, and where it is.
function topRow(page) {
  return page.evaluate(() => {
    const box = document.querySelector('.channel-view .scroller');
    const top = box.getBoundingClientRect().top;
    for (const row of box.querySelectorAll('[data-key]')) {
      const place = row.getBoundingClientRect();
      if (place.bottom > top + 1) return { key: row.dataset.key, at: Math.round(place.top - top), rows: box.querySelectorAll('[data-key]').length };
    }
    return null;
  });
}

export async function long(browser, stage) {
  await stage.api('POST', '/api/channels', { name: 'archive' });
  await stage.server.kill('SIGTERM');
  execFileSync('python3', ['-c', FILL, join(stage.data, 'orchd.db')]);
  await stage.server.start();
  const ann = await stage.person(browser, 'ann');

  /** From the end far up; the longest task in milliseconds of the processor. */
  async function readUp() {
    await ann.goto('/c/archive');
    await ann.locator('article.message', { hasText: `Message ${COUNT - 1} of` }).waitFor();
    await browser.traced(ann);
    let most = 0;
    for (let page = 0; page < 40; page++) {
      const before = await topRow(ann);
      // As a wheel does, in steps; the row that was at the top moves by what was scrolled and by nothing else.
      const moved = await ann.evaluate(async (key) => {
        const box = document.querySelector('.channel-view .scroller');
        const place = () => box.querySelector(`[data-key="${CSS.escape(key)}"]`)?.getBoundingClientRect().top;
        const from = place();
        for (let step = 0; step < 6; step++) {
          box.scrollTop -= 100;
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        }
        const now = place();
        return now === undefined ? null : Math.round(now - from);
      }, before.key);
      if (moved !== null && moved !== 600 && Math.abs(moved - 600) > 2) throw new Error(`page ${page}: the rows moved by ${moved} pixels instead of 600`);
      most = Math.max(most, before.rows);
      // What was asked for comes before the next page is scrolled.
      await until('more above', () => ann.evaluate(() => document.querySelector('.channel-view .scroller').scrollTop > 700));
    }
    if (most > 140) throw new Error(`${most} rows are drawn at once`);
    const longest = await browser.longestTask(ann);
    console.log(`       ${most} rows at most; the longest task took ${longest.toFixed(1)} ms of the processor`);
    return longest;
  }

  await browser.test('long: 10,000 messages, read from the end to the beginning without a long task and without a jump', async () => {
    let longest = await readUp();
    // What the page does it does each time, what others do to the caches of this machine not.
    for (let again = 0; longest > 50 && again < 2; again++) longest = await readUp();
    if (longest > 50) throw new Error(`a task of ${longest} ms, three times`);
  });

  await browser.test('long: a link into the past opens there, both ends grow, and the way back is one click', async () => {
    await ann.goto('/c/archive?m=c000000000000000000005000');
    const message = ann.locator('article.message', { hasText: 'Message 5000 of' });
    await message.waitFor();
    await until('it is in view', () => message.evaluate((each) => {
      const { top, bottom } = each.getBoundingClientRect();
      return top > 0 && bottom < innerHeight;
    }));
    await ann.evaluate(() => (document.querySelector('.channel-view .scroller').scrollTop = 1e9));
    await ann.locator('article.message', { hasText: 'Message 5040 of' }).waitFor({ state: 'attached' });
    await ann.getByRole('button', { name: 'To the newest message' }).click();
    await ann.locator('article.message', { hasText: `Message ${COUNT - 1} of` }).waitFor();
  });

  await ann.context().close();
}

