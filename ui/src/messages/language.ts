import { de } from "./de";
import { en, type Message, type MessageKey } from "./en";

const MESSAGES: Record<string, Record<MessageKey, Message>> = { en, de };
/** Where a computer's own locale has no messages, figures are grouped as in the messages' language. */
const FALLBACK = "en-GB";

/** The language of texts and the locale of figures; they never differ in language. */
export interface Language {
  tag: string;
  locale: string;
  say(key: MessageKey, values?: Readonly<Record<string, string | number>>): string;
}

/** @param locale BCP 47, as the computer or `?lang=` gives it */
export function languageOf(locale: string): Language {
  const known = canonical(locale);
  const primary = known?.split("-")[0] ?? "";
  const messages = MESSAGES[primary];
  return messages && known ? language(primary, known, messages) : language("en", FALLBACK, en);
}

function language(tag: string, locale: string, messages: Record<MessageKey, Message>): Language {
  const rules = new Intl.PluralRules(locale);
  const ordinals = new Intl.PluralRules(locale, { type: "ordinal" });
  const formOf = ({ count, rank }: Readonly<Record<string, string | number>>) => {
    const form = rank === undefined ? rules.select(Number(count ?? 0)) : ordinals.select(Number(rank));
    return form === "one" || form === "two" || form === "few" ? form : "other";
  };
  return {
    tag,
    locale,
    say(key, values = {}) {
      const message = messages[key];
      const text = typeof message === "string" ? message : (message[formOf(values)] ?? message.other);
      return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
    },
  };
}

function canonical(locale: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(locale)[0];
  } catch {
    return undefined;
  }
}

/** The window's language: `?lang=de` before the computer's. */
export function windowLanguage(): Language {
  return languageOf(new URLSearchParams(location.search).get("lang") ?? navigator.language);
}
