using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using Orleans.Concurrency;
using Orleans.Copying;
using Orleans.Runtime;

namespace Orleans.Calls;

/// <summary>Emits, per interface, the class of its references and, per method, the class of its calls: a call costs no reflection.</summary>
internal static class ProxyBuilder
{
    private static readonly Lock Gate = new();
    private static readonly AssemblyBuilder Assembly = AssemblyBuilder.DefineDynamicAssembly(new("Chat.Embedded.Proxies"), AssemblyBuilderAccess.Run);
    private static readonly ModuleBuilder Module = Assembly.DefineDynamicModule("Proxies");
    private static readonly HashSet<string> Opened = new(StringComparer.Ordinal);
    private static readonly Dictionary<MethodInfo, Type> CallTypes = [];
    private static readonly ConcurrentDictionary<Type, Func<GrainId, CallRouter, GrainReference>> Factories = new();
    private static int _names;

    public static Func<GrainId, CallRouter, GrainReference> FactoryOf(Type interfaceType) =>
        Factories.TryGetValue(interfaceType, out var factory) ? factory : Factories.GetOrAdd(interfaceType, Build);

    private static Func<GrainId, CallRouter, GrainReference> Build(Type interfaceType)
    {
        if (!interfaceType.IsInterface || !typeof(IAddressable).IsAssignableFrom(interfaceType))
        {
            throw new ArgumentException($"{interfaceType} is no grain interface.", nameof(interfaceType));
        }

        lock (Gate)
        {
            Open(typeof(ProxyBuilder).Assembly);
            var proxy = EmitProxy(interfaceType);
            var constructor = proxy.GetConstructor([typeof(GrainId), typeof(CallRouter)])!;
            var factory = new DynamicMethod("New", typeof(GrainReference), [typeof(GrainId), typeof(CallRouter)], typeof(ProxyBuilder).Module, skipVisibility: true);
            var il = factory.GetILGenerator();
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Newobj, constructor);
            il.Emit(OpCodes.Ret);
            return factory.CreateDelegate<Func<GrainId, CallRouter, GrainReference>>();
        }
    }

    private static Type EmitProxy(Type interfaceType)
    {
        Open(interfaceType.Assembly);
        var type = Module.DefineType($"{interfaceType.Name}.Reference{_names++}", TypeAttributes.Class | TypeAttributes.Sealed | TypeAttributes.Public, typeof(GrainReference), [interfaceType]);
        EmitConstructor(type, typeof(GrainReference).GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, [typeof(GrainId), typeof(CallRouter)])!);
        EmitName(type, interfaceType);
        foreach (var method in interfaceType.GetInterfaces().Append(interfaceType).SelectMany(each => each.GetMethods()).Where(method => method.IsAbstract && !method.IsStatic))
        {
            EmitMethod(type, method);
        }

        return type.CreateType();
    }

    private static void EmitConstructor(TypeBuilder type, ConstructorInfo baseConstructor)
    {
        var parameters = baseConstructor.GetParameters();
        var il = type.DefineConstructor(MethodAttributes.Public, CallingConventions.HasThis, parameters.Select(each => each.ParameterType).ToArray()).GetILGenerator();
        for (var index = 0; index <= parameters.Length; index++)
        {
            il.Emit(OpCodes.Ldarg, index);
        }

        il.Emit(OpCodes.Call, baseConstructor);
        il.Emit(OpCodes.Ret);
    }

    private static void EmitName(TypeBuilder type, Type interfaceType)
    {
        var getter = typeof(GrainReference).GetProperty(nameof(GrainReference.InterfaceName))!.GetMethod!;
        var il = type.DefineMethod(getter.Name, MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.HideBySig, typeof(string), []).GetILGenerator();
        il.Emit(OpCodes.Ldstr, interfaceType.FullName ?? interfaceType.Name);
        il.Emit(OpCodes.Ret);
    }

    private static void EmitMethod(TypeBuilder type, MethodInfo method)
    {
        var parameters = method.GetParameters().Select(each => each.ParameterType).ToArray();
        var body = type.DefineMethod(
            $"{method.DeclaringType!.FullName}.{method.Name}", MethodAttributes.Private | MethodAttributes.Virtual | MethodAttributes.Final, method.ReturnType, parameters);
        type.DefineMethodOverride(body, method);
        var il = body.GetILGenerator();
        if (Unsupported(method) is { } reason)
        {
            il.Emit(OpCodes.Ldstr, reason);
            il.Emit(OpCodes.Newobj, typeof(NotSupportedException).GetConstructor([typeof(string)])!);
            il.Emit(OpCodes.Throw);
            return;
        }

        var call = CallTypeOf(method);
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Newobj, call.GetConstructor([])!);
        for (var index = 0; index < parameters.Length; index++)
        {
            il.Emit(OpCodes.Dup);
            il.Emit(OpCodes.Ldarg, index + 1);
            il.Emit(OpCodes.Stfld, call.GetField($"Argument{index}")!);
        }

        var result = ResultOf(method);
        il.Emit(OpCodes.Call, typeof(GrainReference).GetMethod(nameof(GrainReference.Send), BindingFlags.Instance | BindingFlags.NonPublic)!.MakeGenericMethod(result ?? typeof(bool)));
        if (method.ReturnType == typeof(void))
        {
            il.Emit(OpCodes.Pop);
        }
        else if (method.ReturnType.IsValueType)
        {
            var source = result is null ? typeof(Task) : typeof(Task<>).MakeGenericType(result);
            il.Emit(OpCodes.Newobj, method.ReturnType.GetConstructor([source])!);
        }

        il.Emit(OpCodes.Ret);
    }

    private static string? Unsupported(MethodInfo method)
    {
        if (method.IsGenericMethodDefinition)
        {
            return $"Generic grain methods: the embedded engine cannot call {method.DeclaringType}.{method.Name}.";
        }

        var returned = method.ReturnType;
        var isTask = returned == typeof(Task) || returned == typeof(ValueTask) || returned == typeof(void)
            || (returned.IsGenericType && (returned.GetGenericTypeDefinition() == typeof(Task<>) || returned.GetGenericTypeDefinition() == typeof(ValueTask<>)));
        return isTask ? null : $"{returned.Name} as a result: the embedded engine cannot call {method.DeclaringType}.{method.Name}.";
    }

    private static Type? ResultOf(MethodInfo method) => method.ReturnType.IsGenericType ? method.ReturnType.GetGenericArguments()[0] : null;

    private static Type CallTypeOf(MethodInfo method)
    {
        if (!CallTypes.TryGetValue(method, out var type))
        {
            CallTypes[method] = type = EmitCall(method);
        }

        return type;
    }

    private static Type EmitCall(MethodInfo method)
    {
        Open(method.DeclaringType!.Assembly);
        var parent = ResultOf(method) is { } result ? typeof(Call<>).MakeGenericType(result) : typeof(VoidCall);
        var type = Module.DefineType($"{method.DeclaringType.Name}.{method.Name}{_names++}", TypeAttributes.Class | TypeAttributes.Sealed | TypeAttributes.Public, parent);
        EmitConstructor(type, parent.GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public, [])!);
        var parameters = method.GetParameters();
        var fields = parameters.Select((each, index) => type.DefineField($"Argument{index}", each.ParameterType, FieldAttributes.Public)).ToArray();
        var info = type.DefineField("Info", typeof(CalledMethod), FieldAttributes.Public | FieldAttributes.Static);
        var il = Override(type, typeof(Call).GetProperty(nameof(Call.Method))!.GetMethod!);
        il.Emit(OpCodes.Ldsfld, info);
        il.Emit(OpCodes.Ret);
        EmitStart(type, method, fields);
        EmitCopy(type, parameters, fields);
        EmitArguments(type, fields);
        EmitToken(type, fields);
        var built = type.CreateType();
        built.GetField("Info")!.SetValue(null, new CalledMethod(method));
        return built;
    }

    private static void EmitStart(TypeBuilder type, MethodInfo method, FieldBuilder[] fields)
    {
        var il = Override(type, typeof(Call).GetMethod(nameof(Call.Start))!);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Castclass, method.DeclaringType!);
        foreach (var field in fields)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldfld, field);
        }

        il.Emit(OpCodes.Callvirt, method);
        if (method.ReturnType == typeof(void))
        {
            il.Emit(OpCodes.Call, typeof(Task).GetProperty(nameof(Task.CompletedTask))!.GetMethod!);
        }
        else if (method.ReturnType.IsValueType)
        {
            var local = il.DeclareLocal(method.ReturnType);
            il.Emit(OpCodes.Stloc, local);
            il.Emit(OpCodes.Ldloca, local);
            il.Emit(OpCodes.Call, method.ReturnType.GetMethod("AsTask")!);
        }

        il.Emit(OpCodes.Ret);
    }

    private static void EmitCopy(TypeBuilder type, ParameterInfo[] parameters, FieldBuilder[] fields)
    {
        var il = Override(type, typeof(Call).GetMethod(nameof(Call.CopyArguments))!);
        for (var index = 0; index < fields.Length; index++)
        {
            var argument = fields[index].FieldType;
            if (argument == typeof(CancellationToken))
            {
                continue;
            }

            var copy = parameters[index].IsDefined(typeof(ImmutableAttribute)) ? nameof(Copier<>.Check) : nameof(Copier<>.Copy);
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldfld, fields[index]);
            il.Emit(OpCodes.Call, typeof(Copier<>).MakeGenericType(argument).GetMethod(copy, [argument])!);
            il.Emit(OpCodes.Stfld, fields[index]);
        }

        il.Emit(OpCodes.Ret);
    }

    private static void EmitArguments(TypeBuilder type, FieldBuilder[] fields)
    {
        if (fields.Length == 0)
        {
            return;
        }

        var getter = Override(type, typeof(Call).GetMethod(nameof(Call.GetArgument))!);
        var setter = Override(type, typeof(Call).GetMethod(nameof(Call.SetArgument))!);
        for (var index = 0; index < fields.Length; index++)
        {
            var next = Guard(getter, index);
            getter.Emit(OpCodes.Ldarg_0);
            getter.Emit(OpCodes.Ldfld, fields[index]);
            getter.Emit(OpCodes.Box, fields[index].FieldType);
            getter.Emit(OpCodes.Ret);
            getter.MarkLabel(next);
            next = Guard(setter, index);
            setter.Emit(OpCodes.Ldarg_0);
            setter.Emit(OpCodes.Ldarg_2);
            setter.Emit(OpCodes.Unbox_Any, fields[index].FieldType);
            setter.Emit(OpCodes.Stfld, fields[index]);
            setter.Emit(OpCodes.Ret);
            setter.MarkLabel(next);
        }

        Throw(getter);
        Throw(setter);
    }

    private static void EmitToken(TypeBuilder type, FieldBuilder[] fields)
    {
        if (Array.Find(fields, field => field.FieldType == typeof(CancellationToken)) is not { } token)
        {
            return;
        }

        var property = typeof(Call).GetProperty("Token", BindingFlags.Instance | BindingFlags.NonPublic)!;
        var getter = Override(type, property.GetMethod!);
        getter.Emit(OpCodes.Ldarg_0);
        getter.Emit(OpCodes.Ldfld, token);
        getter.Emit(OpCodes.Ret);
        var setter = Override(type, property.SetMethod!);
        setter.Emit(OpCodes.Ldarg_0);
        setter.Emit(OpCodes.Ldarg_1);
        setter.Emit(OpCodes.Stfld, token);
        setter.Emit(OpCodes.Ret);
    }

    private static ILGenerator Override(TypeBuilder type, MethodInfo method)
    {
        var attributes = (method.Attributes & MethodAttributes.MemberAccessMask) | MethodAttributes.Virtual | MethodAttributes.HideBySig;
        return type.DefineMethod(method.Name, attributes, method.ReturnType, method.GetParameters().Select(each => each.ParameterType).ToArray()).GetILGenerator();
    }

    private static Label Guard(ILGenerator il, int index)
    {
        var next = il.DefineLabel();
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldc_I4, index);
        il.Emit(OpCodes.Bne_Un, next);
        return next;
    }

    private static void Throw(ILGenerator il)
    {
        il.Emit(OpCodes.Newobj, typeof(ArgumentOutOfRangeException).GetConstructor([])!);
        il.Emit(OpCodes.Throw);
    }

    /// <summary>Interfaces and arguments may be internal to their assembly.</summary>
    private static void Open(Assembly assembly)
    {
        var name = assembly.GetName().Name!;
        if (Opened.Add(name))
        {
            var attribute = typeof(System.Runtime.CompilerServices.IgnoresAccessChecksToAttribute).GetConstructor([typeof(string)])!;
            Assembly.SetCustomAttribute(new(attribute, [name]));
        }
    }
}
