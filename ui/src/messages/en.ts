/** Every text that the UI itself says. `{name}` is filled in; a pair is chosen by the plural of `count`. */
export const en = {
  "state.live": "Live",
  "state.catching_up": "Catching up",
  "state.resyncing": "Re-reading",
  "state.starting": "Starting",
  "state.down": "No data coming in",
  "state.behind": "Behind",
  "state.connecting": "Connecting",
  "state.waiting": "Not connected",
  "state.signed_out": "Signed out",
  "state.refused": "Refused",
  "state.no_server": "No server",

  "strip.as_of": "as of {time} {zone}",
  "strip.old": "Data as of {time}, {age} old.",
  "strip.down": "The database does not answer.",
  "strip.resyncing": "Everything is being read again; figures stay as they were until then.",
  "strip.starting": "The first figures are being read.",
  "strip.catching_up": "{lag} behind, reading what was missed.",
  "strip.redis": "Redis does not answer; figures are not affected.",
  "strip.retry_in": "Trying again in {time}.",
  "strip.retry_now": "Trying again now.",
  "strip.last": "Last figures {time}, {age} old.",
  "strip.reconnecting": "Connecting again.",
  "strip.try_now": "Try now",

  "tile.no_data_for": "no data for {age}",
  "tile.last_at": "last at {time}",
  "tile.of": "of {whole}",
  "tile.loading": "not read yet",
  "statistic.avg": "average",
  "statistic.count": "number",
  "statistic.distinct": "distinct",
  "statistic.max": "highest",
  "statistic.median": "median",
  "statistic.min": "lowest",
  "statistic.percentile": {
    one: "{rank}st percentile",
    two: "{rank}nd percentile",
    few: "{rank}rd percentile",
    other: "{rank}th percentile",
  },
  "statistic.sum": "sum",
  "spoken.confirmed": "confirmed {age} ago",
  "spoken.no_data_for": "no data for {age}",
  "spoken.no_value": "no value: {reason}",
  "spoken.limit_exceeded": "over the limit",

  "none.empty": "nothing to take it from",
  "none.division_by_zero": "its divisor is zero",
  "none.missing_input": "a figure that it is made of is missing",
  "none.too_many_groups": "more groups than the board allows",
  "none.unavailable": "not available",

  "panel.limit": "limit {limit}",
  "panel.no_groups": "Nothing to compare at the moment.",
  "panel.too_many_groups": "More groups than this board may compare. Only the total is shown.",
  "panel.no_key": "not given",
  "panel.more": { one: "{count} more, not over {value}", other: "{count} more, none over {value}" },
  "board.empty": "This board has no tiles.",
  "board.empty_next": "Add a [[group]] with tiles to the board's file, then restart the sidecar.",

  "connection.connecting.title": "Connecting to {server}",
  "connection.connecting.why": "Figures appear here as soon as the server answers.",
  "connection.waiting.title": "{server} cannot be reached",
  "connection.waiting.next":
    "Vigil keeps trying by itself. If this stays, ask whoever runs the server whether the sidecar is up.",
  "connection.no_server.title": "Choose a server",
  "connection.no_server.why": "Vigil shows what a Vigil sidecar publishes. This computer does not know of one yet.",
  "connection.no_server.next": "Run this in a terminal, with the address and the token that you were given:",
  "connection.no_token.title": "Sign in to {server}",
  "connection.no_token.why": "This computer's keyring holds no token for the server.",
  "connection.no_token.next": "Run this in a terminal and paste your token:",
  "connection.token_refused.title": "Your sign-in has ended",
  "connection.token_refused.why":
    "{server} no longer accepts the token on this computer: it has run out or was withdrawn.",
  "connection.token_refused.next": "Ask for a new token, run this in a terminal and paste it:",
  "connection.keyring_locked.title": "The keyring is locked",
  "connection.keyring_locked.why": "Your token for {server} is in this computer's keyring, which is locked.",
  "connection.keyring_locked.next":
    "If it asks for its password, answer it, and Vigil goes on by itself. If nothing asks, unlock it (in “Passwords and Keys”, or by logging in again), then try again.",
  "connection.keyring_unavailable.title": "No keyring on this computer",
  "connection.keyring_unavailable.why":
    "Vigil keeps its token in the desktop's keyring and nowhere else, and found no keyring service.",
  "connection.keyring_unavailable.next":
    "Start one (GNOME Keyring or KWallet), then run this in a terminal and paste your token:",
  "connection.refused.title": "{server} turned this app away",
  "connection.refused.not_allowed": "You are signed in, but without the role that this board needs.",
  "connection.refused.not_allowed_next": "Ask an administrator for access, then try again.",
  "connection.refused.replaced": "The same session was opened somewhere else.",
  "connection.refused.replaced_next": "Go on there, or take it over here.",
  "connection.refused.protocol": "App and server do not understand each other; most often one of them is older.",
  "connection.refused.protocol_next": "Bring both to the same version, then try again.",
  "connection.settings.title": "Vigil's settings cannot be used",
  "connection.code": "Code {code}",
  "connection.try_again": "Try again",
  "connection.trying": "Connecting …",
} as const satisfies Messages;

/** By the plural of `count`; by the ordinal of `rank` where there are more than two. */
export type Message =
  | string
  | { readonly one: string; readonly other: string; readonly two?: string; readonly few?: string };
type Messages = Record<string, Message>;
export type MessageKey = keyof typeof en;
