// The server as it is shipped, with one promise broken on purpose (CHAT_BROKEN): the chaos rig has to find it out.
using System.Diagnostics;
using System.Reflection;
using Chat.Broken;

using var watch = DiagnosticListener.AllListeners.Subscribe(new HostWatch(Breakage.Of(Environment.GetEnvironmentVariable("CHAT_BROKEN"))));
return (int)Assembly.Load("Chat.Api").EntryPoint!.Invoke(null, [args])!;
