import type { Connection, SignedOutReason } from "../../generated/wire";
import type { Language } from "../../messages/language";
import { visibleText } from "../../text/visible";
import { retryWords } from "../overview/strip";

/** What stands on the screen instead of figures: what is so, why, what to do next. */
export interface Notice {
  state: Connection["state"];
  title: string;
  why: string;
  next?: string;
  /** To be typed in a terminal. */
  command?: string;
  /** What the other side or the system said, word for word. */
  detail?: string;
  /** Whether a try can be made by hand. */
  retry: boolean;
}

/** Close codes of `sidecar/wire` (`CloseCode`) that say more than "refused". */
const NOT_ALLOWED = 4403;
const REPLACED = 4409;
/** No server was asked: the app's own settings stand in the way, and the message says how. */
const NO_SERVER_ASKED = 0;
const EXAMPLE_SERVER = "wss://vigil.example.org";

/**
 * @param now this computer's clock
 * @param retrying whether a try is under way
 */
export function noticeOf(connection: Connection, now: number, language: Language, retrying = false): Notice {
  const { say } = language;
  const server = "server" in connection ? visibleText(connection.server) : "";
  switch (connection.state) {
    case "no_server":
      return {
        state: "no_server",
        title: say("connection.no_server.title"),
        why: say("connection.no_server.why"),
        next: say("connection.no_server.next"),
        command: signIn(EXAMPLE_SERVER),
        retry: true,
      };
    case "signed_out":
      return signedOut(connection.reason, server, connection.message, say);
    case "connecting":
    case "online":
      return {
        state: connection.state,
        title: say("connection.connecting.title", { server }),
        why: say("connection.connecting.why"),
        retry: false,
      };
    case "waiting":
      return withDetail(connection.message, {
        state: "waiting",
        title: say("connection.waiting.title", { server }),
        why: retryWords(retrying ? 0 : connection.retry_at - now, language),
        next: say("connection.waiting.next"),
        retry: true,
      });
    case "refused": {
      if (connection.code === NO_SERVER_ASKED) {
        const title = say("connection.settings.title");
        return { state: "refused", title, why: visibleText(connection.message), retry: true };
      }
      const kind =
        connection.code === NOT_ALLOWED ? "not_allowed" : connection.code === REPLACED ? "replaced" : "protocol";
      const code = say("connection.code", { code: connection.code });
      return withDetail(connection.message ? `${code}: ${connection.message}` : code, {
        state: "refused",
        title: say("connection.refused.title", { server }),
        why: say(`connection.refused.${kind}`),
        next: say(`connection.refused.${kind}_next`),
        retry: true,
      });
    }
  }
}

function signedOut(reason: SignedOutReason, server: string, message: string, say: Language["say"]): Notice {
  const notice: Notice = {
    state: "signed_out",
    title: say(`connection.${reason}.title`, { server }),
    why: say(`connection.${reason}.why`, { server }),
    next: say(`connection.${reason}.next`),
    retry: true,
  };
  // A locked keyring has the token: signing in again would not help.
  if (reason !== "keyring_locked") notice.command = signIn(server);
  return withDetail(message, notice);
}

function signIn(server: string): string {
  return `vigil sign-in --server ${server}`;
}

function withDetail(message: string, notice: Notice): Notice {
  return message ? { ...notice, detail: visibleText(message) } : notice;
}

/** Whether figures must not be seen: nobody is signed in, or the server turned the app away. */
export function covers(connection: Connection | undefined): boolean {
  return ["no_server", "signed_out", "refused"].includes(connection?.state ?? "connecting");
}
