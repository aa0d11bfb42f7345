;;; eglot.el --- Emacs and eglot as a child uses them, in batch -*- lexical-binding: t -*-

;; The init file that `pippy-lsp setup emacs' made is loaded before this.  Every result is a line
;; of JSON behind the word RESULT.

(require 'package)
(package-initialize)
(require 'eglot)
(require 'json)

(setq eglot-sync-connect t
      eglot-connect-timeout 120
      eglot-confirm-server-initiated-edits nil
      jsonrpc-default-request-timeout 120)

(defvar said nil "What the server showed as messages, the newest first.")

(cl-defmethod eglot-handle-notification :before
  (_server (_method (eql window/showMessage)) &key message &allow-other-keys)
  (push message said))

(defun result (name value)
  "Print VALUE as the result NAME."
  (princ (format "RESULT %s\n" (json-encode (list (cons name value))))))

(defun wait (condition)
  "Wait until CONDITION gives something; that."
  (let ((end (+ (float-time) 120)) found)
    (while (and (not (setq found (funcall condition))) (< (float-time) end))
      (accept-process-output nil 0.1))
    found))

(defun server () (eglot--current-server-or-lose))

(defun ready ()
  (let ((status (jsonrpc-request (server) :pippy/status (make-hash-table))))
    (equal (plist-get status :phase) "ready")))

(defun line (number)
  "Go to the end of the line NUMBER, from 1."
  (goto-char (point-min))
  (end-of-line number))

(find-file "game.py")
;; `eglot-ensure', in the init file's hook, waits for the end of a command: in batch there is none.
(run-hooks 'post-command-hook)
(result 'managed (and (eglot-managed-p) t))
(wait #'ready)

;; The first completion, taken.
(line 3)
(let* ((capf (eglot-completion-at-point))
       (first (car (all-completions "pri" (nth 2 capf))))
       (exit (plist-get (nthcdr 3 capf) :exit-function)))
  (result 'completion (substring-no-properties first))
  (delete-region (nth 0 capf) (nth 1 capf))
  (insert first)
  (funcall exit first 'finished))
(result 'taken (buffer-substring-no-properties (line-beginning-position) (line-end-position)))

;; A hover.
(goto-char (point-min))
(forward-line 1)
(let ((hover (jsonrpc-request (server) :textDocument/hover (eglot--TextDocumentPositionParams))))
  (result 'hover (plist-get (plist-get hover :contents) :value)))

;; An action that mends a line.
(line 4)
(let* ((actions (append (eglot-code-actions (point) (point)) nil))
       (fix (seq-find (lambda (each) (equal (plist-get each :title) "Fix this")) actions)))
  (result 'actions (mapcar (lambda (each) (plist-get each :title)) actions))
  (eglot--dcase fix
    (((Command) command arguments)
     (eglot-execute-command (server) (intern command) arguments))
    (((CodeAction) edit command)
     (when edit (eglot--apply-workspace-edit edit))
     (when command
       (eglot-execute-command
        (server) (intern (plist-get command :command)) (plist-get command :arguments))))))
(wait (lambda () (progn (line 4) (string-match-p "==" (thing-at-point 'line)))))
(result 'fixed (string-trim-right (thing-at-point 'line t)))

;; An explanation.
(setq said nil)
(eglot-execute-command (server) 'pippy.explain (vector (eglot--path-to-uri buffer-file-name) 2 2))
(result 'explanation (wait (lambda () (car said))))
(set-buffer-modified-p nil)
;;; eglot.el ends here
