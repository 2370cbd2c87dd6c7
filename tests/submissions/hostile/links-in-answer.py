r"""Links, macros and pictures in the free-text answer that become scripts or requests only after they are parsed.

The formgrader shows Markdown as it is, in a page from which points can be given.
"""

PAYLOAD = "javascript&colon;alert"

# %% [markdown] analysis
# [Источник](javascript&colon;alert(1)), [второй](java&#115;cript:alert(2)), [третий][a], <javascript&#58;alert(4)>
#
# [a]: &#1;javascript&colon;alert(3)
#
# ![](https://tracker.example/seen.png) <img src="/hub/logout">
# [файл](file:///etc/passwd) [страница](data:text/html,x)
#
# $\href{java\script:alert(5)}{x} \style{position:fixed}{y} \def\frac{\bad} \require{action} \class{btn-success}{z}$
#
# ````
# </code></pre><script>alert(6)</script>
