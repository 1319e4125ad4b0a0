/** The look of the wallet: one column for a phone, a card on a desk. */
export const WALLET_STYLE = `
*{box-sizing:border-box;margin:0;-webkit-tap-highlight-color:transparent}
[lang=zh-HK]{display:inline-block}
:root{--blue:#1668dc;--deep:#0f4fb0;--ink:#14213d;--soft:#5b6b86;--line:#e3e9f3;--paper:#fff;--field:#f4f7fc;--red:#c62f3b;--green:#0f9d6b}
@media (prefers-color-scheme:dark){:root{--blue:#3b8cff;--deep:#1b5fc9;--ink:#eef3fb;--soft:#9dadc8;--line:#2a3650;--paper:#172033;--field:#1f2a42;--red:#ff7b84;--green:#35cf98}}
html{background:var(--field);color:var(--ink);font:16px/1.45 system-ui,-apple-system,"Segoe UI","Noto Sans HK","PingFang HK","Microsoft JhengHei","Noto Sans CJK HK","Noto Sans CJK TC",sans-serif;-webkit-text-size-adjust:100%}
body{min-height:100vh;min-height:100dvh;display:flex;justify-content:center}
main{width:100%;max-width:430px;min-height:100vh;min-height:100dvh;background:var(--paper);display:flex;flex-direction:column}
.top{background:linear-gradient(150deg,var(--blue),var(--deep));color:#fff;padding:16px 20px 42px}
.bar{display:flex;justify-content:space-between;align-items:center;font-size:13px;opacity:.95}
.badge{border:1px solid rgba(255,255,255,.5);border-radius:99px;padding:2px 10px}
.shop{display:flex;gap:14px;align-items:center;margin-top:18px}
.face{flex:none;width:50px;height:50px;border-radius:15px;background:rgba(255,255,255,.18);display:grid;place-items:center;font-size:23px;font-weight:600}
.shop h1{font-size:20px;line-height:1.3;font-weight:650;overflow-wrap:anywhere}
.shop p{font-size:13px;opacity:.85;overflow-wrap:anywhere}
.card{flex:1;background:var(--paper);border-radius:22px 22px 0 0;margin-top:-22px;padding:20px 20px max(20px,env(safe-area-inset-bottom));display:flex;flex-direction:column;gap:16px}
form{display:contents}
label.name,legend{font-size:13px;color:var(--soft);padding:0}
.amount{display:flex;align-items:baseline;gap:8px;border-bottom:2px solid var(--line);padding:2px 0 6px}
.amount:focus-within{border-color:var(--blue)}
.amount span{font-size:24px;font-weight:600}
.amount input{flex:1;min-width:0;border:0;outline:0;background:none;color:inherit;font:inherit;font-size:44px;line-height:1.15;font-weight:650;font-variant-numeric:tabular-nums;caret-color:var(--blue)}
.amount input::placeholder{color:var(--line)}
.hint{font-size:13px;color:var(--soft);min-height:19px;margin-top:6px}
.hint.bad{color:var(--red)}
fieldset{border:0;padding:0;display:grid;grid-template-columns:repeat(3,1fr);gap:8px}
legend{margin-bottom:6px}
.choice{position:relative;cursor:pointer}
.choice input{position:absolute;opacity:0;inset:0;pointer-events:none}
.choice span{display:block;text-align:center;border:1.5px solid var(--line);border-radius:13px;padding:9px 4px;font-size:14px;font-weight:600;line-height:1.25}
.choice small{display:block;font-size:11px;font-weight:400;color:var(--soft)}
.choice input:checked+span{border-color:var(--blue);background:color-mix(in srgb,var(--blue) 10%,transparent);color:var(--blue)}
.choice input:focus-visible+span,button:focus-visible,a:focus-visible{outline:3px solid color-mix(in srgb,var(--blue) 45%,transparent);outline-offset:2px}
.keys{display:none;grid-template-columns:repeat(3,1fr);gap:8px;margin-top:auto}
.js .keys{display:grid}
.keys button{border:0;border-radius:13px;background:var(--field);color:inherit;font:inherit;font-size:23px;font-weight:550;padding:11px 0;cursor:pointer;touch-action:manipulation;user-select:none}
.keys button:active{background:var(--line)}
.pay{border:0;border-radius:15px;background:var(--blue);color:#fff;font:inherit;font-size:18px;font-weight:650;padding:15px;width:100%;cursor:pointer;text-align:center;text-decoration:none;display:block}
.pay[disabled]{opacity:.4;cursor:default}
.pay.quiet{background:none;color:var(--blue);border:1.5px solid var(--line)}
.note{font-size:12px;color:var(--soft);text-align:center}
.done .note{max-width:none}
.done{align-items:center;text-align:center;padding-top:34px}
.mark{width:76px;height:76px;border-radius:50%;display:grid;place-items:center;color:#fff;font-size:38px;background:var(--green)}
.mark.wait{background:#d98a00}.mark.no{background:var(--soft)}
.done h2{font-size:20px;font-weight:650}
.done .sum{font-size:42px;font-weight:700;line-height:1.1;font-variant-numeric:tabular-nums}
.done p{color:var(--soft);max-width:32ch}
dl{width:100%;border-top:1px solid var(--line);text-align:left;font-size:14px}
dl div{display:flex;gap:16px;justify-content:space-between;padding:11px 0;border-bottom:1px solid var(--line)}
dt{color:var(--soft);flex:none}
dd{text-align:right;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.done dt{font-size:13px}.done dd{font-size:12px;align-self:center}
.foot{margin-top:auto;width:100%;display:grid;gap:10px}
@media (max-height:660px){.top{padding:10px 20px 32px}.shop{margin-top:8px}.face{width:40px;height:40px;border-radius:12px;font-size:19px}.card{padding-top:12px;gap:9px}.amount input{font-size:34px}.hint{margin-top:3px;font-size:12px}.choice span{padding:5px 4px}.keys{gap:6px}.keys button{padding:4px 0;font-size:20px}.pay{padding:11px}form .note{display:none}}
@media (min-width:560px){body{padding:28px 0}main{min-height:0;height:fit-content;border-radius:26px;overflow:hidden;box-shadow:0 18px 60px rgba(15,40,90,.18)}}
`;
