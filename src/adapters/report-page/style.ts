/** The page's looks: light, dark and on paper, from a phone's width up. */
export const STYLE = `
:root{--bg:#f6f7f9;--card:#fff;--ink:#161b26;--muted:#5a6373;--line:#e3e6ec;--accent:#2f5fd0;--soft:#e9effc;
--good:#17713f;--bad:#b3261e;--warn:#8a5300;--warnbg:#fff5e0;--c0:#b9c1ce;--c1:#4a78dc;
--o1:#2f7d6b;--o2:#4a78dc;--o3:#8fb0ee;--o4:#c3c9d4;--o5:#e2a33f;--o6:#c2483d;--o7:#e1e4ea;
--s1:#a8322a;--s2:#e0958c;--s3:#c9ced8;--s4:#93b4ea;--s5:#2f5fd0;--radius:12px;color-scheme:light}
@media (prefers-color-scheme:dark){:root{--bg:#0f1217;--card:#181c23;--ink:#e8ebf1;--muted:#a3acba;--line:#2a303a;
--accent:#8fb0ff;--soft:#222c44;--good:#63cf93;--bad:#ff9289;--warn:#f2c063;--warnbg:#2e2613;--c0:#525b69;--c1:#6f97ee;
--o1:#4fae98;--o2:#6f97ee;--o3:#44609f;--o4:#525b69;--o5:#d29a41;--o6:#d9665b;--o7:#333a45;
--s1:#d9665b;--s2:#8f4a45;--s3:#525b69;--s4:#44609f;--s5:#6f97ee;color-scheme:dark}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans",sans-serif;font-variant-numeric:tabular-nums}
header,main,footer{max-width:1180px;margin:0 auto;padding:0 24px}
header{padding-top:40px}
h1,h2,p,ul,ol,dl,dd,pre{margin:0;padding:0}
h1{font-size:clamp(28px,4.2vw,40px);line-height:1.15;letter-spacing:-.02em;font-weight:700;margin:6px 0 2px}
h2{font-size:14px;line-height:1.35;font-weight:600}
a{color:var(--accent)}
code{font:12.5px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.eyebrow{color:var(--muted);font-weight:500;display:flex;gap:10px;align-items:center;flex-wrap:wrap}
.days{color:var(--muted);font-size:17px}
.verdict{font-size:18px;line-height:1.5;max-width:62ch;margin-top:12px}
.chip{font-size:12.5px;font-weight:600;padding:1px 10px;border-radius:99px;border:1px solid var(--line);color:var(--muted);background:var(--card)}
.chip.final{color:var(--good)}
.chip.provisional,.chip.restated{color:var(--warn);background:var(--warnbg);border-color:transparent}
.notice{margin-top:18px;padding:14px 18px;background:var(--warnbg);border-left:3px solid var(--warn);border-radius:8px;max-width:840px}
.notice pre{margin-top:8px;white-space:pre-wrap;overflow-wrap:anywhere;font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
.notice ul{margin:6px 0 0 18px}
.first{display:grid;grid-template-columns:minmax(0,1fr) 372px;gap:16px;margin-top:28px;align-items:stretch}
.first #waiting{grid-column:2;grid-row:1 / span 2;display:flex;flex-direction:column}
.first .tiles{grid-column:1}.first .pair{grid-column:1}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(164px,1fr));gap:12px;align-content:start}
.pair{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px}
.grid{display:grid;grid-auto-flow:row dense;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px;margin-top:16px}
.wide{grid-column:1/-1}
.panel,.tile{position:relative;background:var(--card);border:1px solid var(--line);border-radius:var(--radius);padding:18px 20px}
.tile{padding:14px 16px 12px;display:flex;flex-direction:column}
.title{display:flex;gap:6px;align-items:flex-start;justify-content:space-between}
.panel>.title{margin-bottom:12px}
.panel h2{font-size:16px;letter-spacing:-.005em}
.tile h2{color:var(--muted);font-weight:500;font-size:13.5px}
.value{font-size:24px;line-height:1.25;font-weight:650;letter-spacing:-.02em;margin-top:4px;white-space:nowrap}
.under{display:flex;align-items:center;gap:10px;min-height:30px}
.n{color:var(--muted);font-size:12.5px}
.delta{font-size:13px;font-weight:600;color:var(--muted);white-space:nowrap}
.delta.good{color:var(--good)}.delta.bad{color:var(--bad)}
.muted,.asof{color:var(--muted)}.asof{font-size:13px}
.none{color:var(--muted)}
.spark{position:relative;flex:1;min-width:40px;height:28px;display:block;margin-left:auto;max-width:120px}
.spark svg{width:100%;height:100%;display:block;overflow:visible}
.spark .stroke{fill:none;stroke:var(--c1);stroke-width:1.6;vector-effect:non-scaling-stroke;stroke-linejoin:round;stroke-linecap:round}
.spark .fill{fill:var(--c1);opacity:.1}
.spark i{position:absolute;right:-1px;width:6px;height:6px;margin-top:-3px;border-radius:50%;background:var(--c1);box-shadow:0 0 0 2px var(--card)}
.def{flex:none}
.def summary{list-style:none;cursor:pointer;width:20px;height:20px;border-radius:50%;border:1px solid var(--line);color:var(--muted);font-size:12px;line-height:18px;text-align:center}
.def summary::-webkit-details-marker{display:none}
.def summary:hover,.def[open] summary{color:var(--accent);border-color:var(--accent)}
.def p{position:absolute;z-index:2;left:10px;right:10px;margin-top:6px;padding:10px 12px;background:var(--card);border:1px solid var(--line);border-radius:8px;box-shadow:0 6px 24px rgb(0 0 0/.14);font-size:13px;line-height:1.45;font-weight:400;color:var(--ink)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
.big{font-size:44px;line-height:1.1;font-weight:700;letter-spacing:-.03em;color:var(--bad)}
.big.calm{color:var(--good)}
.big small{font-size:15px;font-weight:400;letter-spacing:0;color:var(--ink);margin-left:4px}
.scroll{position:relative;overflow-x:auto;margin:0 -4px;padding:0 4px}
#waiting .tall{margin-top:10px}
table{border-collapse:collapse;width:100%}
.data{font-size:13.5px}
.data th,.data td{text-align:left;padding:7px 12px 7px 0;border-bottom:1px solid var(--line);font-weight:400;vertical-align:top}
.data thead th{color:var(--muted);font-size:12.5px;font-weight:500;white-space:nowrap;position:sticky;top:0;background:var(--card)}
.data tbody th{font-weight:500}
.data tr:last-child th,.data tr:last-child td{border-bottom:0}
.data .num,.num{text-align:right;white-space:nowrap}
.data th:last-child,.data td:last-child{padding-right:0}
.data.tight th,.data.tight td{padding-top:5px;padding-bottom:5px}
.data.tight code{white-space:nowrap}
.data code{color:inherit}
.long{display:block;min-width:240px;max-width:60ch;color:var(--muted)}
.worst{list-style:none;counter-reset:w}
.worst li{padding:8px 0;border-top:1px solid var(--line)}
.worst li:first-child,.changes li:first-child{border-top:0;padding-top:0}
.worst .facts,.worst .ids{display:block;font-size:13px;color:var(--muted);overflow-wrap:anywhere}
.changes{list-style:none}
.changes li{position:relative;padding:7px 0 7px 18px;border-top:1px solid var(--line);font-size:14px}
.changes li::before{content:"";position:absolute;left:2px;top:14px;width:8px;height:8px;border-radius:50%;background:var(--c0)}
.changes li:first-child::before{top:7px}
.changes .good::before{background:var(--good)}.changes .bad::before{background:var(--bad)}
.plot{display:flex;position:relative}
.plot svg{display:block;overflow:visible}
.plot .axis{position:absolute;left:0;top:0}
.plot text{fill:var(--muted);font-size:12px}
.grid line,.plot .grid{stroke:var(--line)}
.plot .base{stroke:var(--muted);opacity:.6}
.hit{fill:transparent}
g:hover>.hit{fill:var(--soft)}
.c0{fill:var(--c0);background:var(--c0)}.c1{fill:var(--c1);background:var(--c1)}
.o1{background:var(--o1)}.o2{background:var(--o2)}.o3{background:var(--o3)}.o4{background:var(--o4)}.o5{background:var(--o5)}.o6{background:var(--o6)}.o7{background:var(--o7)}
.s1{background:var(--s1)}.s2{background:var(--s2)}.s3{background:var(--s3)}.s4{background:var(--s4)}.s5{background:var(--s5)}
.bars{font-size:13.5px}
.bars th,.bars td{padding:4px 0;font-weight:400;text-align:left;vertical-align:middle}
.bars th{width:36%;padding-right:10px;overflow-wrap:anywhere;line-height:1.25}
.bars .bar{width:34%}
.bars .bar span{display:block;height:12px;min-width:2px;border-radius:0 3px 3px 0}
.bars .num{text-align:right;padding-left:10px;white-space:nowrap}
.bars .note{min-width:104px}
.bars .note .delta{display:inline-block;min-width:48px;font-weight:500}
.share{display:flex;gap:2px;height:22px;border-radius:6px;overflow:hidden;margin-bottom:14px}
.share span{flex-basis:0;min-width:2px}
.legend{list-style:none;font-size:13.5px}
.legend li{display:grid;grid-template-columns:10px minmax(0,1fr) 60px 52px 96px;gap:8px;align-items:baseline;padding:3px 0}
.legend i{width:10px;height:10px;border-radius:3px}
.legend b,.legend span+b~span{text-align:right}
.legend b{font-weight:600}
.heat{table-layout:fixed;border-collapse:separate;border-spacing:2px;font-size:12px}
.heat td,.heat th{padding:0;height:22px;font-weight:400;color:var(--muted)}
.heat thead th{height:auto;text-align:left;overflow:visible;white-space:nowrap}
.heat tr>:first-child{width:34px;text-align:left}
.heat tbody td{border-radius:3px;background:color-mix(in srgb,var(--c1) calc(var(--v)*1%),var(--soft));position:relative}
.cohort{font-size:13px;width:auto;border-collapse:separate;border-spacing:2px}
.cohort th{font-weight:500;color:var(--muted);text-align:right;padding:3px 8px;white-space:nowrap}
.cohort th:first-child{text-align:left;padding-left:0}
.cohort td{text-align:right;min-width:54px;padding:5px 8px;border-radius:4px;white-space:nowrap;background:color-mix(in srgb,var(--c1) calc(var(--v,0)*.45%),var(--card))}
.fold summary{cursor:pointer;color:var(--accent);font-weight:500;font-size:14px}
.fold+.fold{margin-top:8px}.fold[open] summary{margin-bottom:10px}.fold[open]{margin-bottom:18px}
dl.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:10px 24px}
dt{color:var(--muted);font-size:12.5px}
dd{overflow-wrap:anywhere}
.left{padding-left:18px}
footer{padding-top:28px;padding-bottom:48px;font-size:13px}
footer dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:10px 24px;border-top:1px solid var(--line);padding-top:18px}
@media (max-width:1000px){.first{grid-template-columns:minmax(0,1fr)}.first #waiting{grid-column:1;grid-row:auto}.first .tiles{order:1}.first .pair{order:2}#waiting .tall{max-height:336px;overflow-y:auto}}
@media (max-width:720px){header,main,footer{padding-left:14px;padding-right:14px}header{padding-top:24px}.verdict{font-size:16.5px}.first{margin-top:20px}
.grid,.pair{grid-template-columns:minmax(0,1fr)}.tiles{grid-template-columns:repeat(2,minmax(0,1fr));gap:10px}.tile{padding:12px}.value{font-size:22px}.panel{padding:16px 14px}.spark{max-width:none}
.bars .bar{width:24%}.bars th{width:34%}.heat{border-spacing:1px}.heat td,.heat th{height:18px}.legend li{grid-template-columns:10px minmax(0,1fr) 54px 44px 88px;gap:6px}}
@media (max-width:400px){.bars .note{min-width:0}.under{flex-wrap:wrap;gap:2px 8px}}
@media print{:root{--bg:#fff;--card:#fff;--ink:#000;--muted:#444;--line:#ccc;--accent:#1d4aa8;--soft:#eef2fb;--good:#17713f;--bad:#b3261e;--warn:#8a5300;--warnbg:#fff;--c0:#b9c1ce;--c1:#4a78dc;--o1:#2f7d6b;--o2:#4a78dc;--o3:#8fb0ee;--o4:#c3c9d4;--o5:#e2a33f;--o6:#c2483d;--o7:#e1e4ea;--s1:#a8322a;--s2:#e0958c;--s3:#c9ced8;--s4:#93b4ea;--s5:#2f5fd0;color-scheme:light}
@page{size:A4;margin:14mm}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
body{font-size:11px;line-height:1.4}header,main,footer{max-width:none;padding-left:0;padding-right:0}header{padding-top:0}h1{font-size:24px}.verdict{font-size:13px}
.def,.fold summary{display:none}.fold::details-content{content-visibility:visible;display:block;height:auto}
.panel,.tile{break-inside:avoid;border-radius:6px;padding:10px 12px}.grid .panel.wide{break-inside:auto}tr{break-inside:avoid}
.first{grid-template-columns:minmax(0,1fr) 230px;gap:10px;margin-top:14px}.first #waiting{grid-column:2;grid-row:1 / span 2}.tiles{grid-template-columns:repeat(3,minmax(0,1fr));gap:8px}.grid,.pair{gap:10px;margin-top:10px}.grid{grid-template-columns:repeat(2,minmax(0,1fr))}.pair{grid-template-columns:minmax(0,1fr);margin-top:0}
.value{font-size:18px}.big{font-size:28px}.big small{font-size:11px}.scroll,#waiting .tall{overflow:visible;max-height:none}.data,.bars,.legend,.changes li,.worst .facts,.worst .ids,.cohort{font-size:10px}.data th,.data td{padding:3px 8px 3px 0}.data thead th{position:static;font-size:10px;white-space:normal}.long{min-width:0}.heat td,.heat th{height:13px}a{color:inherit;text-decoration:none}}
`;
