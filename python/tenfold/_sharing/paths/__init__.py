"""Paths: one fit of somebody else's estimator, many candidates read off it.

One file a rule or a family of estimators. Each has ``PATHS``, the classes that it offers. ``SHIPPED`` is the
list of those files, in the order in which they are asked, with the names of the classes that they cover: a
file is imported when an estimator of such a name comes, so that a search waits for no other.
"""

_NAMES = {
    "hist_gradient_boosting": "HistGradientBoostingClassifier HistGradientBoostingRegressor",
    "gradient_boosting": "GradientBoostingClassifier GradientBoostingRegressor",
    "ada_boost": "AdaBoostClassifier AdaBoostRegressor",
    "bagging": "BaggingClassifier BaggingRegressor IsolationForest",
    "outlier_shares": "EllipticEnvelope IsolationForest LocalOutlierFactor",
    "forests": (
        "RandomForestClassifier RandomForestRegressor ExtraTreesClassifier ExtraTreesRegressor"
    ),
    "neighbors": (
        "KNeighborsClassifier KNeighborsRegressor RadiusNeighborsClassifier "
        "RadiusNeighborsRegressor"
    ),
    "ridge": "Ridge RidgeClassifier",
    "coordinate_descent": "Lasso ElasticNet",
    "kernel_ridge": "KernelRidge",
    "logistic": "LogisticRegression",
    "liblinear": "LogisticRegression LinearSVC LinearSVR",
    "average_gradient": "LogisticRegression",
    "logistic_newton": "LogisticRegression",
    "tree_size": (
        "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor"
    ),
    "naive_bayes": "GaussianNB MultinomialNB BernoulliNB CategoricalNB ComplementNB",
    "discriminant_analysis": "LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis",
    "cross_decomposition": "PLSRegression PLSCanonical CCA",
    "stochastic_descent": "SGDClassifier SGDRegressor Perceptron",
    "iterations": (
        "MLPClassifier MLPRegressor SGDClassifier SGDRegressor SGDOneClassSVM Perceptron "
        "PassiveAggressiveClassifier PassiveAggressiveRegressor LinearSVC LinearSVR "
        "HuberRegressor BayesianRidge ARDRegression"
    ),
    "xgboost_rounds": "XGBClassifier XGBRegressor",
    "lightgbm_rounds": "LGBMClassifier LGBMRegressor",
    "catboost_rounds": "CatBoostClassifier CatBoostRegressor",
    "svm": "SVC NuSVC SVR NuSVR",
    "decompositions": "PCA",
    "selections": (
        "SelectKBest SelectPercentile SelectFpr SelectFdr SelectFwe GenericUnivariateSelect "
        "SelectFromModel VarianceThreshold"
    ),
    "unions": "ColumnTransformer FeatureUnion",
    "text": "CountVectorizer TfidfVectorizer",
    "eliminations": "RFE SequentialFeatureSelector",
    "calibration": "CalibratedClassifierCV",
    "inner_estimators": (
        "OneVsRestClassifier OneVsOneClassifier MultiOutputClassifier MultiOutputRegressor "
        "TransformedTargetRegressor CalibratedClassifierCV"
    ),
    "committees": "VotingClassifier VotingRegressor StackingClassifier StackingRegressor",
}
SHIPPED: dict[str, tuple[str, ...]] = {file: tuple(names.split()) for file, names in _NAMES.items()}
