namespace ParticipantMessaging.Campaigns;

/// <summary>The page's head: how it looks, in light and dark and on paper.</summary>
internal static class CampaignReportPage
{
    public const string Head = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>{title}</title>
        <style>
        :root { color-scheme: light dark; --paper: #fcfcfa; --card: #ffffff; --ink: #1f2328; --soft: #59636e; --line: #dde1e6; --grid: #eceef1;
          --sent: #2f6fb5; --sent-fill: #2f6fb526; --reply: #c2571a; --failed: #b3261e; --unknown: #8a6100; }
        @media (prefers-color-scheme: dark) { :root { --paper: #14171b; --card: #1b1f25; --ink: #e6e9ee; --soft: #9aa5b1; --line: #323943; --grid: #262c34;
          --sent: #6fb0f2; --sent-fill: #6fb0f22e; --reply: #f2a065; --failed: #ff8a80; --unknown: #e3b341; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 64rem; padding: 2.5rem 1.5rem 3rem; background: var(--paper); color: var(--ink);
          font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
        h1 { margin: .1rem 0 .2rem; font-size: 1.9rem; line-height: 1.2; overflow-wrap: anywhere; }
        h2 { margin: 2.2rem 0 .6rem; font-size: 1.1rem; }
        .kind { margin: 0; color: var(--soft); font-size: .8rem; letter-spacing: .08em; text-transform: uppercase; }
        .sub, .span { margin: 0; color: var(--soft); overflow-wrap: anywhere; }
        .note { border-left: 3px solid var(--unknown); margin: 1rem 0 0; padding: .2rem 0 .2rem .8rem; }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: .6rem; margin: 1.6rem 0 .8rem; }
        .figure { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .7rem .9rem; }
        .figure b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
        .figure span { color: var(--soft); font-size: .85rem; }
        .figure.sent b { color: var(--sent); } .figure.reply b { color: var(--reply); } .figure.failed b { color: var(--failed); } .figure.unknown b { color: var(--unknown); }
        figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem; }
        svg { display: block; width: 100%; height: auto; }
        svg text { fill: var(--soft); font: 12px system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
        svg .grid { stroke: var(--grid); } svg .axis { stroke: var(--line); }
        svg .area { fill: var(--sent-fill); } svg .sends { fill: none; stroke: var(--sent); stroke-width: 2; } svg .replies { fill: none; stroke: var(--reply); stroke-width: 2; }
        svg .label-sent { fill: var(--sent); font-weight: 600; } svg .label-reply { fill: var(--reply); font-weight: 600; }
        table { border-collapse: collapse; width: 100%; font-size: .85rem; }
        thead { display: table-header-group; }
        th { text-align: left; color: var(--soft); font-weight: 600; border-bottom: 2px solid var(--line); padding: .3rem .6rem .3rem 0; }
        td { border-bottom: 1px solid var(--grid); padding: .28rem .6rem .28rem 0; vertical-align: top; }
        td.id, td.hash { font-family: ui-monospace, Consolas, "DejaVu Sans Mono", monospace; font-size: .8rem; }
        td.hash { color: var(--soft); } td.time { white-space: nowrap; font-variant-numeric: tabular-nums; }
        .status { font-weight: 600; } .status.sent { color: var(--sent); } .status.failed { color: var(--failed); } .status.unknown { color: var(--unknown); }
        .why { color: var(--soft); }
        footer { margin-top: 2rem; color: var(--soft); font-size: .85rem; }
        @media print {
          :root { color-scheme: light; --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --grid: #ddd;
            --sent: #1f5a9c; --sent-fill: #1f5a9c22; --reply: #a8480f; --failed: #9c1c15; --unknown: #6b4b00; }
          @page { margin: 15mm; }
          body { max-width: none; padding: 0; font-size: 10pt; }
          .figures { grid-template-columns: repeat(6, 1fr); } .figure { padding: .4rem .5rem; } .figure b { font-size: 1.2rem; } .figure span { font-size: 7.5pt; white-space: nowrap; }
          figure, tr { break-inside: avoid; } h2 { break-after: avoid; } table { font-size: 8pt; line-height: 1.3; } td { padding: .1rem .6rem .1rem 0; } td.id, td.hash { font-size: 7.5pt; }
        }
        </style>
        </head>
        <body>

        """;
}
