import type { Message, MessageKey } from "./en";

export const de: Record<MessageKey, Message> = {
  "state.live": "Live",
  "state.catching_up": "Holt auf",
  "state.resyncing": "Liest neu ein",
  "state.starting": "Startet",
  "state.down": "Keine Daten",
  "state.behind": "Im Rückstand",
  "state.connecting": "Verbindet",
  "state.waiting": "Nicht verbunden",
  "state.signed_out": "Abgemeldet",
  "state.refused": "Abgewiesen",
  "state.no_server": "Kein Server",

  "strip.as_of": "Stand {time} {zone}",
  "strip.old": "Daten von {time}, {age} alt.",
  "strip.down": "Die Datenbank antwortet nicht.",
  "strip.resyncing": "Alles wird neu eingelesen; bis dahin bleiben die Zahlen, wie sie waren.",
  "strip.starting": "Die ersten Zahlen werden eingelesen.",
  "strip.catching_up": "{lag} zurück, Versäumtes wird nachgelesen.",
  "strip.redis": "Redis antwortet nicht; die Zahlen sind davon nicht betroffen.",
  "strip.retry_in": "Nächster Versuch in {time}.",
  "strip.retry_now": "Neuer Versuch läuft.",
  "strip.last": "Letzte Zahlen von {time}, {age} alt.",
  "strip.reconnecting": "Verbindung wird neu aufgebaut.",
  "strip.try_now": "Jetzt versuchen",

  "tile.no_data_for": "keine Daten seit {age}",
  "tile.last_at": "zuletzt {time}",
  "tile.of": "von {whole}",
  "tile.loading": "noch nicht gelesen",
  "spoken.confirmed": "bestätigt vor {age}",
  "spoken.no_data_for": "keine Daten seit {age}",
  "spoken.no_value": "kein Wert: {reason}",
  "spoken.limit_exceeded": "über der Grenze",

  "none.empty": "es gibt nichts, woraus er entsteht",
  "none.division_by_zero": "sein Teiler ist null",
  "none.missing_input": "eine Zahl, aus der er entsteht, fehlt",
  "none.too_many_groups": "mehr Gruppen, als das Board erlaubt",
  "none.unavailable": "nicht verfügbar",

  "panel.limit": "Grenze {limit}",
  "panel.no_groups": "Zurzeit gibt es nichts zu vergleichen.",
  "panel.no_key": "ohne Angabe",
  "panel.more": { one: "{count} weitere, nicht über {value}", other: "{count} weitere, keine über {value}" },
  "board.empty": "Dieses Board hat keine Kacheln.",
  "board.empty_next": "Eine [[group]] mit tiles in die Datei des Boards eintragen, dann den Sidecar neu starten.",

  "connection.connecting.title": "Verbindung zu {server}",
  "connection.connecting.why": "Die Zahlen erscheinen hier, sobald der Server antwortet.",
  "connection.waiting.title": "{server} ist nicht erreichbar",
  "connection.waiting.next":
    "Vigil versucht es von selbst weiter. Bleibt es dabei, fragen Sie beim Betrieb des Servers nach, ob der Sidecar läuft.",
  "connection.no_server.title": "Server wählen",
  "connection.no_server.why": "Vigil zeigt, was ein Vigil-Sidecar veröffentlicht. Dieser Rechner kennt noch keinen.",
  "connection.no_server.next":
    "Führen Sie dies in einem Terminal aus, mit der Adresse und dem Token, die Sie erhalten haben:",
  "connection.no_token.title": "Bei {server} anmelden",
  "connection.no_token.why": "Im Schlüsselbund dieses Rechners liegt kein Token für den Server.",
  "connection.no_token.next": "Führen Sie dies in einem Terminal aus und fügen Sie Ihr Token ein:",
  "connection.token_refused.title": "Ihre Anmeldung ist abgelaufen",
  "connection.token_refused.why":
    "{server} nimmt das Token dieses Rechners nicht mehr an: Es ist abgelaufen oder wurde zurückgezogen.",
  "connection.token_refused.next":
    "Lassen Sie sich ein neues Token geben, führen Sie dies in einem Terminal aus und fügen Sie es ein:",
  "connection.keyring_locked.title": "Der Schlüsselbund ist gesperrt",
  "connection.keyring_locked.why":
    "Ihr Token für {server} liegt im Schlüsselbund dieses Rechners, und der ist gesperrt.",
  "connection.keyring_locked.next":
    "Entsperren Sie den Schlüsselbund (meist mit dem Anmeldekennwort) und versuchen Sie es erneut.",
  "connection.keyring_unavailable.title": "Kein Schlüsselbund auf diesem Rechner",
  "connection.keyring_unavailable.why":
    "Vigil bewahrt sein Token nur im Schlüsselbund des Desktops auf und hat keinen solchen Dienst gefunden.",
  "connection.keyring_unavailable.next":
    "Starten Sie einen (GNOME Keyring oder KWallet), führen Sie dies in einem Terminal aus und fügen Sie Ihr Token ein:",
  "connection.refused.title": "{server} hat diese App abgewiesen",
  "connection.refused.not_allowed": "Sie sind angemeldet, aber ohne die Rolle, die dieses Board verlangt.",
  "connection.refused.not_allowed_next": "Bitten Sie die Administration um Zugang und versuchen Sie es erneut.",
  "connection.refused.replaced": "Dieselbe Sitzung wurde anderswo geöffnet.",
  "connection.refused.replaced_next": "Arbeiten Sie dort weiter, oder übernehmen Sie sie hier.",
  "connection.refused.protocol": "App und Server verstehen sich nicht; meist ist einer von beiden älter.",
  "connection.refused.protocol_next": "Bringen Sie beide auf denselben Stand und versuchen Sie es erneut.",
  "connection.code": "Code {code}",
  "connection.try_again": "Erneut versuchen",
};
