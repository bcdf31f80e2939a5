/** The parts that every view is made of. Their look is in ui.css, their tokens in theme.css. */
export { Avatar, initials } from './Avatar.js';
export { Badge } from './Badge.js';
export { Button, IconButton, type ButtonProps, type IconButtonProps } from './Button.js';
export { ConfirmDialog, Dialog } from './Dialog.js';
export { Empty } from './Empty.js';
export { Icon, type IconName } from './Icon.js';
export { Checkbox, Field, Input, Segments, Select, Switch, TextArea } from './Input.js';
export { Menu, place, type MenuEntry } from './Menu.js';
export { Notice } from './Notice.js';
export { Spinner } from './Spinner.js';
export { StatusDot } from './StatusDot.js';
export { dismissToast, toast, toastError, Toasts, type ToastOptions } from './Toast.js';
