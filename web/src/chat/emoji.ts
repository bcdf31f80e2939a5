/** The emoji that the picker offers, by what they say. */
export const QUICK = ['👍', '❤️', '😄', '🎉', '👀', '✅'] as const;

export const EMOJI: ReadonlyArray<{ group: string; all: ReadonlyArray<readonly [emoji: string, name: string]> }> = [
  {
    group: 'Answers',
    all: [['👍', 'thumbs up'], ['👎', 'thumbs down'], ['✅', 'done'], ['❌', 'no'], ['👀', 'looking'], ['🙏', 'thank you'], ['👏', 'applause'], ['🙌', 'hooray'],
      ['💯', 'hundred'], ['❓', 'question'], ['❗', 'important'], ['➕', 'plus one']],
  },
  {
    group: 'Faces',
    all: [['😄', 'smile'], ['😂', 'tears of joy'], ['🙂', 'slight smile'], ['😉', 'wink'], ['😍', 'heart eyes'], ['🤔', 'thinking'], ['😮', 'astonished'], ['😢', 'sad'],
      ['😅', 'phew'], ['🤯', 'mind blown'], ['😴', 'sleepy'], ['🫡', 'salute']],
  },
  {
    group: 'Things',
    all: [['❤️', 'heart'], ['🎉', 'celebrate'], ['🚀', 'rocket'], ['🔥', 'fire'], ['⭐', 'star'], ['💡', 'idea'], ['🐛', 'bug'], ['🔧', 'wrench'],
      ['📌', 'pin'], ['📝', 'note'], ['☕', 'coffee'], ['🌊', 'wave']],
  },
];
