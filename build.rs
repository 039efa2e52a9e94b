//! Writes the step catalogue: a table of every step in `src/steps`, read from the source with its docs,
//! for `trial steps`, for suggestions in `trial check` and for the plan.
//!
//! The build fails for a step without docs, without an example, or with a shape that the editors' step
//! completion does not find: steps are functions at file top level with `expr = "…"` attributes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use syn::visit::{Visit, visit_expr_call, visit_expr_method_call};
use syn::{
    Attribute, Expr, ExprCall, ExprMethodCall, FnArg, Item, ItemFn, Lit, Meta, Pat, Type, UseTree,
};

type Result<T> = std::result::Result<T, String>;

fn main() -> Result<()> {
    let folder = Path::new("src/steps");
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut table = String::from("pub(super) static ENTRIES: &[Entry] = &[\n");
    for file in rust_files(folder)? {
        let text = fs::read_to_string(&file).map_err(|why| format!("{}: {why}", file.display()))?;
        let source = Source::parse(&file, &text)?;
        for step in source.steps()? {
            table.push_str(&step);
        }
    }
    table.push_str("];\n");
    let out = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    fs::write(PathBuf::from(out).join("catalogue.rs"), table).map_err(|why| why.to_string())
}

/// All `.rs` files below the folder, sorted.
fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|why| why.to_string())?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// One file of `src/steps`.
struct Source<'a> {
    path: String,
    text: &'a str,
    syntax: syn::File,
    /// Full path of each name that the file imports.
    imports: BTreeMap<String, String>,
}

impl<'a> Source<'a> {
    fn parse(path: &Path, text: &'a str) -> Result<Self> {
        let path = path.display().to_string();
        let syntax = syn::parse_file(text).map_err(|why| format!("{path}: {why}"))?;
        let mut imports = BTreeMap::new();
        for item in &syntax.items {
            if let Item::Use(item) = item {
                collect_imports(&item.tree, &[], &mut imports);
            }
        }
        Ok(Self { path, text, syntax, imports })
    }

    /// `crate::steps::topic` for `src/steps/topic.rs`.
    fn module(&self) -> String {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        format!("crate::{}", inner.trim_end_matches("/mod").replace('/', "::"))
    }

    /// The full path of a type as the catalogue can name it.
    fn full_path(&self, name: &str) -> String {
        let primitive = name.chars().next().is_some_and(char::is_lowercase) || name == "String";
        let Some(path) = self.imports.get(name) else {
            return if primitive { name.into() } else { format!("{}::{name}", self.module()) };
        };
        let module = self.module();
        let parent = module.rsplit_once("::").map_or("crate", |(parent, _)| parent);
        if let Some(rest) = path.strip_prefix("super::") {
            format!("{parent}::{rest}")
        } else if let Some(rest) = path.strip_prefix("self::") {
            format!("{module}::{rest}")
        } else {
            path.clone()
        }
    }

    /// The Rust source of an `Entry` for each step of the file.
    fn steps(&self) -> Result<Vec<String>> {
        // Lines are looked up in the text, in order: spans without the compiler do not tell them.
        let mut from = 0;
        let mut entries = Vec::new();
        for item in &self.syntax.items {
            let Item::Fn(function) = item else { continue };
            if let Some(entry) = self.step(function, &mut from)? {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    fn step(&self, function: &ItemFn, from: &mut usize) -> Result<Option<String>> {
        let name = &function.sig.ident;
        let mut sentences: Vec<(String, Vec<&str>, Vec<usize>)> = Vec::new();
        for attribute in &function.attrs {
            let Some(keyword) = keyword(attribute) else { continue };
            let (expression, literal) = expression(attribute).ok_or_else(|| {
                format!("{}: {name}: write the attribute as expr = \"…\"", self.path)
            })?;
            let line = self.line_of(&literal, from).ok_or_else(|| {
                format!("{}: {name}: {literal} is not found in the text", self.path)
            })?;
            match sentences.iter_mut().find(|known| known.0 == expression) {
                Some((_, keywords, lines)) => {
                    keywords.push(keyword);
                    lines.push(line);
                }
                None => sentences.push((expression, vec![keyword], vec![line])),
            }
        }
        if sentences.is_empty() {
            return Ok(None);
        }
        let (docs, examples) = docs(&function.attrs);
        if docs.is_empty() || examples.is_empty() {
            return Err(format!(
                "{}: step {name} needs a doc comment with a ```gherkin example in it",
                self.path
            ));
        }
        let family = Path::new(&self.path).file_stem().unwrap_or_default().to_string_lossy();
        let line = sentences[0].2[0];
        let mut entry = format!("    Entry {{ family: {family:?}, sentences: &[");
        for (expression, keywords, lines) in &sentences {
            let keywords: Vec<_> =
                keywords.iter().map(|keyword| format!("StepType::{keyword}")).collect();
            let keywords = keywords.join(", ");
            write!(
                entry,
                "Sentence {{ expression: {expression:?}, keywords: &[{keywords}], lines: &{lines:?} }}, "
            )
            .map_err(|why| why.to_string())?;
        }
        let types: Vec<_> = argument_types(function)
            .map(|ty| ty.map(|ty| self.full_path(&ty)))
            .collect::<Result<_>>()
            .map_err(|why| format!("{}: {name}: {why}", self.path))?;
        let parsers: Vec<_> = types.iter().map(|ty| format!("parse::<{ty}>")).collect();
        let mentions: Vec<_> = types.iter().map(|ty| format!("mention::<{ty}>")).collect();
        writeln!(
            entry,
            "], docs: {docs:?}, examples: &{examples:?}, file: {:?}, line: {line}, parsers: &[{}], check: {}, fits: {}, table: {}, settings: SettingsOf::{}, means: {}, mentions: &[{}] }},",
            self.path,
            parsers.join(", "),
            self.check(&name.to_string(), &types),
            self.fits(&name.to_string(), &types),
            self.table(function),
            settings_of(function),
            self.means(function, &types)?,
            mentions.join(", ")
        )
        .map_err(|why| why.to_string())?;
        Ok(Some(entry))
    }

    /// The function `<what>_<step>` of the file. A sentence with settings is for the plan what the same sentence is
    /// without, so `<step>_with_settings` has the functions of `<step>` where it has none of its own.
    fn twin(&self, what: &str, step: &str) -> Option<String> {
        let plain = step.strip_suffix("_with_settings");
        let names = [Some(step), plain].into_iter().flatten().map(|step| format!("{what}_{step}"));
        names.into_iter().find(|name| self.has(name))
    }

    /// A call of the function `check_<step>`, which sees all arguments together, where the file has one.
    fn check(&self, step: &str, types: &[String]) -> String {
        let Some(name) = self.twin("check", step) else { return "None".into() };
        format!("Some(|texts| {}::{name}({}))", self.module(), arguments(types))
    }

    /// A call of the function `fits_<step>`, which sees the cluster besides, where the file has one.
    fn fits(&self, step: &str, types: &[String]) -> String {
        let Some(name) = self.twin("fits", step) else { return "None".into() };
        let call = format!("{}::{name}(cluster, {})", self.module(), arguments(types));
        format!("Some(|cluster, texts| Ok({call}))")
    }

    /// A call of the function `means_<step>`, which gives what the sentence means, where the file has one. A step that
    /// has it done (`world.perform`) must have one, and have that done.
    fn means(&self, step: &ItemFn, types: &[String]) -> Result<String> {
        let twin = self.twin("means", &step.sig.ident.to_string());
        let name = twin.clone().unwrap_or_else(|| format!("means_{}", step.sig.ident));
        let mut performed = Performed(Vec::new());
        performed.visit_item_fn(step);
        if performed.0.iter().any(|what| *what != name) {
            let step = &step.sig.ident;
            return Err(format!(
                "{}: step {step} performs something other than what {name}(…) gives",
                self.path
            ));
        }
        if twin.is_none() {
            let mut called = Called(Vec::new());
            called.visit_item_fn(step);
            if called.0.iter().any(|function| self.performs(function)) {
                let step = &step.sig.ident;
                return Err(format!(
                    "{}: step {step} does something about faults, so it needs {name}(…)",
                    self.path
                ));
            }
            return Ok("None".into());
        }
        let texts = if types.is_empty() { "_" } else { "texts" };
        let call = format!("{}::{name}({})", self.module(), arguments(types));
        Ok(format!("Some(|{texts}| Ok(meaning({call})))"))
    }

    /// Whether a function of the file that is no step has something done about faults.
    fn performs(&self, function: &str) -> bool {
        self.syntax.items.iter().any(|item| {
            let Item::Fn(it) = item else { return false };
            let mut performed = Performed(Vec::new());
            performed.visit_item_fn(it);
            it.sig.ident == function && !performed.0.is_empty()
        })
    }

    fn has(&self, function: &str) -> bool {
        let is_it = |item: &Item| matches!(item, Item::Fn(it) if it.sig.ident == function);
        self.syntax.items.iter().any(is_it)
    }

    /// The function that reads the table below the sentence: what the step calls with `step` and perhaps something that
    /// is always the same, as in `Options::read(step)` or `table::client_settings(step, together::Kind::Consumer)`.
    fn table(&self, function: &ItemFn) -> String {
        let mut readers = Readers(Vec::new());
        readers.visit_item_fn(function);
        match readers.0.first() {
            Some(Reader { of, name, with }) => {
                let with = with.iter().map(|path| {
                    let (first, rest) = path.split_once("::").unwrap_or((path, ""));
                    format!(", {}::{rest}", self.full_path(first))
                });
                let with: String = with.collect();
                format!("Some(|step| {}::{name}(step{with}).map(drop))", self.full_path(of))
            }
            None => "None".into(),
        }
    }

    /// Line, from 1, of the next attribute with this literal.
    fn line_of(&self, literal: &str, from: &mut usize) -> Option<usize> {
        let found = *from + self.text[*from..].find(&format!("expr = {literal}"))?;
        *from = found + literal.len();
        let attribute = self.text[..found].rfind("#[")?;
        Some(self.text[..attribute].matches('\n').count() + 1)
    }
}

/// The arguments of a sentence, each parsed as its type.
fn arguments(types: &[String]) -> String {
    let arguments = types.iter().enumerate();
    let arguments = arguments.map(|(index, ty)| format!("&argument::<{ty}>(texts, {index})?"));
    arguments.collect::<Vec<_>>().join(", ")
}

/// What reads a table of settings, and whose they are: a `SettingsOf` of src/steps/settings_of.rs.
const SETTINGS: [(&str, &str, &str); 5] = [
    ("table", "client_settings", "Client"),
    ("table", "java_settings", "Client"),
    ("table", "topic_settings", "Topic"),
    ("SendingOptions", "read", "Senders"),
    ("ReadingOptions", "read", "Receivers"),
];

/// Whose settings the table below the sentence has.
fn settings_of(function: &ItemFn) -> &'static str {
    let mut readers = Readers(Vec::new());
    readers.visit_item_fn(function);
    let read = |of: &str, name: &str| readers.0.iter().any(|it| it.of == of && it.name == name);
    let found = SETTINGS.iter().find(|(of, name, _)| read(of, name));
    found.map_or("Nobody", |(_, _, whose)| whose)
}

/// A call of `a::b(step)` or `a::b(step, c::D)`.
struct Reader {
    of: String,
    name: String,
    /// What is handed over beside the step.
    with: Vec<String>,
}

/// Calls that may read the table below a sentence, in their order.
struct Readers(Vec<Reader>);

impl Visit<'_> for Readers {
    fn visit_expr_call(&mut self, call: &ExprCall) {
        let path = |argument: &Expr| match argument {
            Expr::Path(it) => Some(joined(&it.path)),
            _ => None,
        };
        let arguments: Option<Vec<_>> = call.args.iter().map(path).collect();
        if let Expr::Path(function) = call.func.as_ref()
            && let Some([step, with @ ..]) = arguments.as_deref()
            && step == "step"
            && with.iter().all(|it| it.contains("::"))
            && let [of, name] = function.path.segments.iter().collect::<Vec<_>>()[..]
        {
            let (of, name) = (of.ident.to_string(), name.ident.to_string());
            self.0.push(Reader { of, name, with: with.to_vec() });
        }
        visit_expr_call(self, call);
    }
}

/// `a::b::C`.
fn joined(path: &syn::Path) -> String {
    let names = path.segments.iter().map(|segment| segment.ident.to_string());
    names.collect::<Vec<_>>().join("::")
}

/// Names of functions of the file that are called.
struct Called(Vec<String>);

impl Visit<'_> for Called {
    fn visit_expr_call(&mut self, call: &ExprCall) {
        if let Expr::Path(function) = call.func.as_ref()
            && let Some(name) = function.path.get_ident()
        {
            self.0.push(name.to_string());
        }
        visit_expr_call(self, call);
    }
}

/// What is handed to `world.perform`: names of functions, and nothing for what is no call.
struct Performed(Vec<String>);

impl Visit<'_> for Performed {
    fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
        if call.method == "perform" {
            let what = match call.args.first() {
                Some(Expr::Call(call)) => match call.func.as_ref() {
                    Expr::Path(function) => function.path.get_ident().map(ToString::to_string),
                    _ => None,
                },
                _ => None,
            };
            self.0.push(what.unwrap_or_default());
        }
        visit_expr_method_call(self, call);
    }
}

/// `Given`, `When` or `Then` for cucumber's attributes.
fn keyword(attribute: &Attribute) -> Option<&'static str> {
    let path = attribute.path();
    [("given", "Given"), ("when", "When"), ("then", "Then")]
        .into_iter()
        .find_map(|(name, keyword)| path.is_ident(name).then_some(keyword))
}

/// The expression of `#[given(expr = "…")]`: its value and the literal as written.
fn expression(attribute: &Attribute) -> Option<(String, String)> {
    let Meta::List(list) = &attribute.meta else { return None };
    let Ok(Meta::NameValue(pair)) = syn::parse2::<Meta>(list.tokens.clone()) else { return None };
    match pair.value {
        Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) if pair.path.is_ident("expr") => {
            Some((text.value(), text.token().to_string()))
        }
        _ => None,
    }
}

/// The doc comment without its gherkin blocks, and the blocks.
fn docs(attributes: &[Attribute]) -> (String, Vec<String>) {
    let mut prose = Vec::new();
    let mut examples = Vec::new();
    let mut open: Option<Vec<String>> = None;
    for line in attributes.iter().filter_map(doc_line) {
        match (line.trim(), open.take()) {
            ("```gherkin", None) => open = Some(Vec::new()),
            ("```", Some(block)) => examples.push(block.join("\n")),
            (_, Some(mut block)) => {
                block.push(line);
                open = Some(block);
            }
            (_, None) => prose.push(line),
        }
    }
    (prose.join("\n").trim().to_string(), examples)
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    match &pair.value {
        Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) if pair.path.is_ident("doc") => {
            let text = text.value();
            Some(text.strip_prefix(' ').unwrap_or(&text).trim_end().to_string())
        }
        _ => None,
    }
}

/// Names of the types of the arguments that come out of the sentence: not the world, not the step itself.
fn argument_types(function: &ItemFn) -> impl Iterator<Item = Result<String>> {
    function.sig.inputs.iter().skip(1).filter_map(|argument| {
        let FnArg::Typed(argument) = argument else { return None };
        if matches!(argument.pat.as_ref(), Pat::Ident(name) if name.ident == "step") {
            return None;
        }
        Some(match argument.ty.as_ref() {
            Type::Path(path) => Ok(joined(&path.path)),
            _ => Err("an argument is not of a type with a plain name".into()),
        })
    })
}

fn collect_imports(tree: &UseTree, prefix: &[String], into: &mut BTreeMap<String, String>) {
    match tree {
        UseTree::Path(path) => {
            let prefix = [prefix, &[path.ident.to_string()]].concat();
            collect_imports(&path.tree, &prefix, into);
        }
        UseTree::Name(name) if name.ident == "self" => {
            if let Some(module) = prefix.last() {
                into.insert(module.clone(), prefix.join("::"));
            }
        }
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            into.insert(name.clone(), [prefix, &[name]].concat().join("::"));
        }
        UseTree::Rename(rename) => {
            let full = [prefix, &[rename.ident.to_string()]].concat().join("::");
            into.insert(rename.rename.to_string(), full);
        }
        UseTree::Group(group) => {
            group.items.iter().for_each(|tree| collect_imports(tree, prefix, into));
        }
        UseTree::Glob(_) => {}
    }
}
