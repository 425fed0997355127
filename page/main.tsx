import { render } from 'preact';
import { App } from './app.tsx';
import { startTheme } from './parts/theme.ts';
import './style/base.css';
import './style/controls.css';
import './style/views.css';

startTheme();
const root = document.getElementById('page');
if (root) render(<App />, root);
