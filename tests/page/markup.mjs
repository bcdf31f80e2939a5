// Texts that would like to be script, in every field that other people's pages show.
import { until } from '../harness/check.mjs';
import { write } from './chat.mjs';

const ATTACKS = [
  '<script>window.hit=1</script>',
  '<img src=x onerror="window.hit=1">',
  '<svg/onload=window.hit=1>',
  '[a](javascript:window.hit=1)',
  '[a](JaVaScRiPt:window.hit=1 "x")',
  '[a](data:text/html;base64,PHNjcmlwdD53aW5kb3cuaGl0PTE8L3NjcmlwdD4=)',
  '[a](vbscript:window.hit=1)',
  '[a](&#106;avascript:window.hit=1)',
  '[a](java\tscript:window.hit=1)',
  '![a](javascript:window.hit=1)',
  '![a](https://attacker.example/pixel.png)',
  '<javascript:window.hit=1>',
  '[a]: javascript:window.hit=1\n\n[a]',
  '```html\n<script>window.hit=1</script>\n```',
  '<iframe srcdoc="<script>parent.hit=1</script>"></iframe>',
  '<a href="javascript:window.hit=1" style="position:fixed;inset:0">x</a>',
  '<style>*{display:none}</style><form action="https://attacker.example"><input name=p></form>',
  '<math><mtext><table><mglyph><style><img src=x onerror=window.hit=1>',
  '"><img src=x onerror=window.hit=1>',
  ...['> ', '- ', '1. ', '*a ', '_a **b ', '[a](', '[a](((', '![', '|a', '`a ', '<div>', 'a\n', '- a\n'].map((part) => part.repeat(Math.floor(20000 / part.length))),
];

export async function markup(browser, stage) {
  const ann = await stage.person(browser, 'ann');
  const asked = [];
  ann.on('request', (request) => {
    if (!request.url().startsWith(stage.address)) asked.push(request.url());
  });

  await browser.test('markup: messages, names and topics stay text; nothing is asked of other origins', async () => {
    const name = '<img src=x onerror=window.hit=1>';
    await stage.api('POST', '/api/users', { email: 'eve@test.example', name, password: 'correct horse battery' });
    const { body: { channel } } = await stage.api('POST', '/api/channels', { name: `"><script>window.hit=1</script>`, topic: '<svg onload=window.hit=1>' });
    await ann.goto(`/c/${channel.slug}`);
    await ann.getByRole('textbox', { name: /^Message / }).waitFor();
    for (const attack of ATTACKS) await stage.api('POST', `/api/channels/${channel.id}/messages`, { content: attack });
    await write(ann, 'the last one');
    await ann.locator('article.message', { hasText: 'the last one' }).waitFor();
    const found = await ann.evaluate(() => {
      const room = document.querySelector('.channel-view .scroller');
      const texts = document.createNodeIterator(room, NodeFilter.SHOW_TEXT);
      let unbroken = 0;
      for (let text = texts.nextNode(); text; text = texts.nextNode()) if (!text.parentElement.closest('pre')) unbroken = Math.max(unbroken, text.length);
      return {
        unbroken, broken: room.querySelectorAll('wbr').length,
        hit: window.hit, elements: room.querySelectorAll('script, iframe, img, object, embed, style, form, math, svg:not(.icon)').length,
        links: [...room.querySelectorAll('a[href]')].map((link) => link.getAttribute('href')),
        styled: room.querySelectorAll('.md [style]').length, handlers: [...room.querySelectorAll('*')].filter((each) => each.getAttributeNames().some((key) => key.startsWith('on'))).length,
      };
    });
    if (found.hit) throw new Error('something ran');
    if (found.elements || found.styled || found.handlers) throw new Error(`what a message may not make: ${JSON.stringify(found)}`);
    if (found.unbroken > 1000 || found.broken === 0) throw new Error(`${found.unbroken} letters in one piece, which takes the browser seconds`);
    const wrong = found.links.filter((href) => !/^(https?:|mailto:|\/c\/)/.test(href));
    if (wrong.length > 0) throw new Error(`links: ${wrong.join(' ')}`);
    if (asked.length > 0) throw new Error(`asked elsewhere: ${asked.join(' ')}`);
  });

  await browser.test('markup: what a model says is no better', async () => {
    await ann.goto('/c/kitchen');
    await write(ann, '@mei show me');
    await until('the model is asked', () => stage.model.waiting === 1);
    for (const attack of ATTACKS.slice(0, 19)) stage.model.say(`${attack}\n\n`);
    await ann.locator('.message--live', { hasText: 'onerror' }).waitFor();
    stage.model.end();
    await ann.locator('.message--live').waitFor({ state: 'detached' });
    const hit = await ann.evaluate(() => [window.hit, document.querySelectorAll('.channel-view .scroller :is(script, iframe, img, style, form)').length].join());
    if (hit !== ',0') throw new Error(`something came through: ${hit}`);
  });

  await browser.test('markup: the page itself cannot make script of a text (Trusted Types)', async () => {
    const refused = await ann.evaluate(() => {
      try {
        document.body.insertAdjacentHTML('beforeend', '<b>x</b>');
        return 'it did';
      } catch (error) {
        return error.name;
      }
    });
    if (refused !== 'TypeError') throw new Error(refused);
  }, { expected: [/TrustedHTML/] });

  await ann.context().close();
}
